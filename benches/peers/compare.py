"""vivit-tui against PyTorch and JAX on this machine's CPU, in turn; prints tables for docs/performance.md.

    cargo build --release && cargo bench --no-run
    python3 -m venv PEERS && PEERS/bin/pip install torch jax numpy      # several GB, once
    PEERS/bin/python benches/peers/compare.py [--rounds 5] [--threads 2] [train] [infer] [scale]

Nothing else should run meanwhile. `train` runs the program itself, as a user would, on the synthetic set, and
takes its figures from the journal; everything is compared round by round, because the speed of a shared
machine changes by the minute.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
ap = argparse.ArgumentParser()
ap.add_argument("what", nargs="*", default=["train", "infer", "scale"])
ap.add_argument("--rounds", type=int, default=5)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--epochs", type=int, default=3)
a = ap.parse_args()
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
cores = f"0-{a.threads - 1}"


def lines(command):
    done = subprocess.run(["taskset", "-c", cores, *command], capture_output=True, text=True, cwd=root)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def peer(name, what):
    return lines([sys.executable, str(here / "peer.py"), name, what, "--threads", str(a.threads), "--epochs", str(a.epochs)])


def ours(what):
    return lines(["cargo", "bench", "--locked", "--bench", "inference", "--", what, f"threads={a.threads}"])


def train():
    """Seconds an epoch of the program, from its journal: the steps, and all that comes between two epochs' ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        path.joinpath("baseline.ron").write_text(
            f'(name: "baseline", data: (set: Phantom), training: (epochs: {a.epochs + 1}))'
        )
        program = [target / "release/vivit-tui", "baseline.ron", "--no-ui", "--device", "cpu", "--threads", a.threads]
        run = subprocess.Popen(["taskset", "-c", cores, *map(str, program)], cwd=path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        anonymous = 0
        while run.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{run.pid}/status").read_text()
                anonymous = max(anonymous, *(int(l.split()[1]) // 1024 for l in status.splitlines() if l.startswith("RssAnon")), 0)
                run.wait(0.2)
            except (subprocess.TimeoutExpired, FileNotFoundError):
                pass
        events = [json.loads(line) for line in path.joinpath("runs/baseline-001/events.jsonl").open()]
    ends = [e["wall_ms"] for e in events if e["event"] == "epoch_finished"]
    steps = [sum(sum(e["times"].values()) for e in events if e["event"] == "stepped" and e["epoch"] == epoch) / 1e6 for epoch in range(2, a.epochs + 2)]
    whole = [(after - before) / 1e3 for before, after in zip(ends, ends[1:])]
    return statistics.median(steps), statistics.median(whole), anonymous


if "train" in a.what:
    rows = []
    print(f"| round | PyTorch, s an epoch | vivit-tui, steps | ratio | vivit-tui, all | ratio |\n|---|---|---|---|---|---|")
    for round in range(1, a.rounds + 1):
        torch, (steps, whole, memory) = None, (0, 0, 0)
        for first in (round % 2, 1 - round % 2):  # each begins every second round
            if first:
                [torch] = peer("torch", "train")
            else:
                steps, whole, memory = train()
        rows.append((torch["epoch_s"], steps, steps / torch["epoch_s"], whole, whole / torch["epoch_s"]))
        print(f"| {round} | " + " | ".join(f"{value:.3f}" for value in rows[-1]) + " |", flush=True)
    print("| median | " + " | ".join(f"{statistics.median(column):.3f}" for column in zip(*rows)) + " |")
    print(f"\nanonymous memory: PyTorch {torch['anonymous_mb']} MB, vivit-tui {memory} MB; PyTorch {torch['version']}, {a.threads} threads\n")

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
