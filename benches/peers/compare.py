"""vivit-tui against PyTorch and JAX on this machine's CPU, in turn; prints tables for docs/performance.md.

    cargo build --release && cargo bench --no-run
    python3 -m venv PEERS && PEERS/bin/pip install torch jax numpy      # several GB, once
    PEERS/bin/python benches/peers/compare.py [--rounds 5] [--threads 2] [train] [variants] [infer] [scale]

Nothing else should run meanwhile. `train` and `variants` run the program itself, as a user would, on the synthetic set, and
count the steps in its journal; the two take turns of seconds, because the speed of a shared machine changes
by the minute.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
ap = argparse.ArgumentParser()
ap.add_argument("what", nargs="*", default=["train", "variants", "infer", "scale"])
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--turns", type=int, default=5)
ap.add_argument("--turn", type=float, default=2.0, help="seconds")
a = ap.parse_args()
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
cores = f"0-{a.threads - 1}"
STEPS = 31  # an epoch of 971 volumes


def lines(command):
    done = subprocess.run(["taskset", "-c", cores, *command], capture_output=True, text=True, cwd=root)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def peer(name, what):
    return lines([sys.executable, str(here / "peer.py"), name, what, "--threads", str(a.threads)])


def ours(what):
    return lines(["cargo", "bench", "--locked", "--bench", "inference", "--", what, f"threads={a.threads}"])


class Run:
    """A process that trains and writes a line for every step, and is stopped whenever it is not its turn."""

    def __init__(self, command, folder, journal):
        self.journal = folder / journal
        command = ["taskset", "-c", cores, *map(str, command)]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.anonymous = 0
        while b"epoch_finished" not in self.text():  # the first epoch warms the caches
            if self.process.poll() is not None:
                sys.exit(f"{' '.join(command)} ended")
            time.sleep(0.1)
        self.signal(signal.SIGSTOP)

    def text(self):
        return self.journal.read_bytes() if self.journal.exists() else b""

    def signal(self, number):
        self.process.send_signal(number)

    def end_of_step(self):
        before = self.journal.stat().st_size
        while self.journal.stat().st_size == before:
            time.sleep(0.0005)
        return self.journal.stat().st_size, time.perf_counter()

    def turn(self):
        """Seconds a step, from the end of one to the end of another, without what a turn begins with."""
        self.signal(signal.SIGCONT)
        time.sleep(0.3)
        first, began = self.end_of_step()
        time.sleep(a.turn)
        last, ended = self.end_of_step()
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        self.anonymous = max(self.anonymous, *(int(line.split()[1]) // 1024 for line in status if line.startswith("RssAnon")), 0)
        self.signal(signal.SIGSTOP)
        return self.text()[first:last].count(b'"stepped"'), ended - began

    def end(self):
        self.signal(signal.SIGKILL)
        self.process.wait()


def race(experiment, model):
    """A journal each, their turns in rounds: s an epoch of PyTorch, of vivit-tui, their ratio; and the most memory."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = [target / "release/vivit-tui", experiment, "--no-ui", "--device", "cpu", "--threads", a.threads]
        program += ["--runs-dir", folder / "runs", "--set", 'name="ours"', "--set", "training.epochs=100000", "--set", "data.set=Phantom"]
        torch = [sys.executable, here / "peer.py", "torch", "train", "--threads", a.threads, "--journal", "torch.jsonl", "--model", model]
        runs = [Run(torch, folder, "torch.jsonl"), Run(program, folder, "runs/ours-001/events.jsonl")]
        rows = []
        for _ in range(a.rounds):
            found = [[0, 0.0], [0, 0.0]]
            for turn in range(a.turns):
                for place in (turn % 2, 1 - turn % 2):
                    steps, seconds = runs[place].turn()
                    found[place][0] += steps
                    found[place][1] += seconds
            theirs, ours = (seconds / steps * STEPS for steps, seconds in found)
            rows.append((theirs, ours, ours / theirs))
        for run in runs:
            run.end()
        return rows, [run.anonymous for run in runs]


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


NOTE = "a round: {} turns of {} s of each; vivit-tui with validation and checkpoints, PyTorch without"


def train():
    """Both at once on the same cores, in turns: what else the machine does meets both alike."""
    rows, memory = race(root / "experiments/baseline.ron", "baseline")
    print(f"| round | PyTorch, s an epoch | vivit-tui, s an epoch | ratio |\n|---|---|---|---|")
    for name, row in [*enumerate(rows, 1), ("median", medians(rows))]:
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    print(f"\n{NOTE.format(a.turns, a.turn)}")
    print(f"anonymous memory at most: PyTorch {memory[0]} MB, vivit-tui {memory[1]} MB\n")


def variants():
    """The same with each of the paper's models."""
    print("| experiment | PyTorch, s an epoch | vivit-tui, s an epoch | ratio, by round | anonymous MB |\n|---|---|---|---|---|")
    for model in ("spatio-temporal", "factorised-encoder", "factorised-self-attention", "factorised-dot-product", "uniform-frames"):
        rows, memory = race(root / f"experiments/paper-{model}.ron", model)
        theirs, ours, ratio = medians(rows)
        ratios = ", ".join(f"{row[2]:.3f}" for row in rows)
        print(f"| `paper-{model}.ron` | {theirs:.2f} | {ours:.2f} | {ratios}: median {ratio:.3f} | {memory[0]} and {memory[1]} |", flush=True)
    print(f"\n{NOTE.format(a.turns, a.turn)}\n")


if "train" in a.what:
    train()

if "variants" in a.what:
    variants()

if "infer" in a.what:
    names = ["vivit-tui", "torch", "jax"]
    found = {name: [] for name in names}
    for _ in range(a.rounds):
        for name in names:
            found[name] += ours("infer") if name == "vivit-tui" else peer(name, "infer")
    print("| medians, ms | 32 volumes | one volume |\n|---|---|---|")
    for name in names:
        print(f"| {name} | " + " | ".join(f"{statistics.median(line[key] for line in found[name]):.2f}" for key in ("batch_ms", "one_ms")) + " |")
    print()

if "scale" in a.what:
    print("| tokens | PyTorch, ms a step of 4 | vivit-tui | PyTorch, anonymous MB | vivit-tui |\n|---|---|---|---|---|")
    mine, theirs = ours("scale"), peer("torch", "scale")
    for us, them in zip([line for line in mine if line["what"] == "scale"], theirs):
        print(f"| {us['tokens']} | {them['step_ms']:.1f} | {us['step_ms']:.1f} | {them['anonymous_mb']} | {us['anonymous_mb']} |")
    print("\n| tokens | attention of one volume, there and back, ms | MB more |\n|---|---|---|")
    for line in mine:
        if line["what"] == "attention":
            print(f"| {line['tokens']} | {line['there_and_back_ms']:.1f} | {line['anonymous_mb_more']} |")
