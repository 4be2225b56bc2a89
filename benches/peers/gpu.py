"""vivit-tui against PyTorch on an NVIDIA GPU; prints a table for docs/performance.md, row by row.

    python benches/peers/gpu.py --program vivit-tui [--sides 28 64] [--variants eager compile graph compile+graph]

`python` is one that has torch and numpy; `--program` is a release build, which may come from another machine.
The two models are the baseline's at 28³ (27 tokens) and at 64³ (512 tokens). Both programs read the same file of
random volumes: times do not depend on what is in them, and there is no smaller last batch, which PyTorch would
have to compile or capture a second time. Both read their figures every ten steps, and only then wait for the GPU.

Without a GPU it can be tried: `--device cpu --program-device gpu:0 --volumes 40 --batch 2 --seconds 5`, with the
program on a software Vulkan, and `--sides 8` where choosing its kernels takes too long. The times say nothing then.
A variant that cannot run is left out, and the reason stands below the table.
"""

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

here = pathlib.Path(__file__).resolve().parent
CLASSES, TUBELET, VALIDATION, TEST = 11, 8, 161, 32
SAMPLE_S = 0.2
VARIANTS = ["eager", "compile", "graph", "compile+graph"]
EXPERIMENT = '(name: "gpu", data: (set: Npz(path: "{}"), batch: {}), training: (epochs: 100000))'
ap = argparse.ArgumentParser()
ap.add_argument("--program", required=True, type=pathlib.Path)
ap.add_argument("--program-device", default="gpu:0", help="as `vivit-tui devices` lists them")
ap.add_argument("--device", default="cuda", help="PyTorch's: cuda, or cpu to try this script")
ap.add_argument("--variants", nargs="*", default=VARIANTS, help="or reduce-overhead")
ap.add_argument("--sides", nargs="*", type=int, default=[28, 64])
ap.add_argument("--volumes", type=int, default=960, help="for training; a multiple of the batch")
ap.add_argument("--batch", type=int, default=32)
ap.add_argument("--warm-up", type=float, default=5.0, help="seconds after the first step")
ap.add_argument("--seconds", type=float, default=15.0, help="that are timed")
ap.add_argument("--limit", type=float, default=180.0, help="seconds to wait for a step")
ap.add_argument("--json", help="append every row's raw figures to this file")
a = ap.parse_args()
if a.volumes % a.batch or a.volumes < 20 * a.batch:  # an epoch needs two readings of ten steps
    sys.exit(f"{a.volumes} volumes are no multiple of the batch, {a.batch}, or fewer than 20 batches")
program = a.program.resolve()
threads = len(os.sched_getaffinity(0))


class LeftOut(Exception):
    """Why there is no figure."""


def nvidia(*what):
    """The first GPU's values; none where there is no NVIDIA GPU."""
    command = ["nvidia-smi", "--id=0", f"--query-gpu={','.join(what)}", "--format=csv,noheader,nounits"]
    if shutil.which(command[0]) is None:
        return []
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip().split(", ") if done.returncode == 0 else []


@contextlib.contextmanager
def sampled():
    """What the GPU does meanwhile, several times a second: how busy it is in %, and its memory in MB."""
    over, seen = threading.Event(), []

    def sample():
        while not over.wait(SAMPLE_S):
            values = nvidia("utilization.gpu", "memory.used")
            if values and all(value.isdigit() for value in values):
                seen.append([int(value) for value in values])

    threading.Thread(target=sample, daemon=True).start()
    try:
        yield seen
    finally:
        over.set()


class Start:
    """A process that trains and writes a line for every step, from its start on."""

    def __init__(self, command, folder, journal, cache):
        folder.mkdir(parents=True)
        places = {"XDG_CACHE_HOME": "", "TORCHINDUCTOR_CACHE_DIR": "inductor", "TRITON_CACHE_DIR": "triton"}
        places |= {"CUDA_CACHE_PATH": "cuda", "__GL_SHADER_DISK_CACHE_PATH": "driver"}
        for name in places.values():
            cache.joinpath(name).mkdir(parents=True, exist_ok=True)
        env = os.environ | {name: str(cache / place) for name, place in places.items()}
        self.journal, self.place, self.errors = folder / journal, 0, folder / "stderr"
        self.idle = nvidia("memory.used")
        with open(self.errors, "w") as errors:
            self.began = time.perf_counter()
            self.process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=errors)

    def growth(self):
        """When the journal grew, in seconds since the start, and by what."""
        end = time.perf_counter() + a.limit
        while not self.journal.exists() or self.journal.stat().st_size == self.place:
            if self.process.poll() is not None:
                said = self.errors.read_text().strip().splitlines() or ["it ended"]
                raise LeftOut(said[-1][:160].replace("|", "/"))
            if time.perf_counter() > end:
                raise LeftOut(f"no step within {a.limit:.0f} s")
            time.sleep(0.0002)
        at = time.perf_counter() - self.began
        size = None
        while size != (size := self.journal.stat().st_size):  # steps that were read together are written one by one
            time.sleep(0.0005)
        with open(self.journal, "rb") as journal:
            journal.seek(self.place)
            text = journal.read()
        self.place += len(text)
        return at, text

    def first_step(self):
        while True:
            at, text = self.growth()
            if b'"stepped"' in text:
                return at

    def window(self, at):
        """Steps a second between two readings that no epoch's end lies between, and over all."""
        warm, since, steps, rates = at + a.warm_up, None, 0, []
        while at < warm:
            at, _ = self.growth()
        began = at
        with sampled() as seen:
            while at < began + a.seconds or not rates:
                at, text = self.growth()
                count = text.count(b'"stepped"')
                steps += count
                if count and since is not None:
                    rates.append(count / (at - since))
                if b'"epoch_finished"' in text or b'"evaluated"' in text:
                    since = None
                elif count:
                    since = at
        found = {"steps_per_s": statistics.median(rates), "steps_per_s_over_all": steps / (at - began)}
        found |= {"readings": len(rates), "steps": steps, "slowest": min(rates), "fastest": max(rates)}
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                found["host_mb"] = int(line.split()[1]) // 1024
        if seen:
            busy, memory = zip(*seen)
            found |= {"gpu_percent": statistics.mean(busy), "gpu_samples": len(busy)}
            found["gpu_mb"] = max(memory) - int(self.idle[0] if self.idle else 0)
        return found

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(command, folder, journal, found):
    """Two starts: the first finds an empty cache, the second what the first left there, and is timed."""
    for turn in ("empty", "kept"):
        start = Start(command, folder / turn, journal, folder / "cache")
        try:
            found[f"first_step_s_cache_{turn}"] = first = start.first_step()
            if turn == "kept":
                found.update(start.window(first))
        finally:
            start.end()
        begun = json.loads(start.journal.read_text().splitlines()[0])
        found |= {key: begun[key] for key in ("device", "parameters") if key in begun}


def write_volumes(path, side):
    random, arrays = np.random.default_rng(0), {}
    for split, count in (("train", a.volumes), ("val", min(VALIDATION, a.volumes)), ("test", TEST)):
        arrays[f"{split}_images"] = random.integers(0, 256, (count, side, side, side), dtype=np.uint8)
        arrays[f"{split}_labels"] = (np.arange(count) % CLASSES).astype(np.uint8)[:, None]
    np.savez(path, **arrays)


def row(found):
    forms = {"steps_per_s": "{:.4g}", "steps_per_s_over_all": "{:.4g}", "first_step_s_cache_empty": "{:.2f} s"}
    forms |= {"first_step_s_cache_kept": "{:.2f} s", "gpu_percent": "{:.0f} %", "gpu_mb": "{} MB", "host_mb": "{} MB"}
    cells = [f"{found['side']}³, {(found['side'] // TUBELET) ** 3} tokens", found["by"]]
    cells += [form.format(found[key]) if key in found else "–" for key, form in forms.items()]
    return f"| {' | '.join(cells)} |"


torch = importlib.metadata.version("torch")
gpu = nvidia("name", "driver_version") or ["no NVIDIA GPU", "none"]
today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever stops this stops what it started
subprocess.run([sys.executable, "-c", "import torch"], check=True)  # reads its files before anything is timed
print(f"{today}, {gpu[0]}, driver {gpu[1]}, {threads} cores; PyTorch {torch} on {a.device}; batch {a.batch}, fp32.\n")
print("| model | by | steps/s | over all | first steps, empty cache | cache kept | GPU busy | GPU memory | host |")
print("|---" * 9 + "|", flush=True)
notes, device = [], "no device"
for side in a.sides:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        volumes, experiment = folder / "volumes.npz", folder / "gpu.ron"
        write_volumes(volumes, side)
        experiment.write_text(EXPERIMENT.format(volumes, a.batch))
        peer = [sys.executable, here / "peer.py", "torch", "train", "--threads", str(threads), "--device", a.device]
        peer += ["--batch", str(a.batch), "--data", volumes, "--journal", "torch.jsonl", "--variant"]
        runs = [(f"PyTorch, {variant}", [*peer, variant], "torch.jsonl") for variant in a.variants]
        ours = [program, experiment, "--no-ui", "--device", a.program_device]
        runs.append(("vivit-tui", ours, "runs/gpu-001/events.jsonl"))
        for place, (name, command, journal) in enumerate(runs):
            found = {"date": today, "gpu": gpu, "torch": torch, "side": side, "by": name, "batch": a.batch}
            try:
                measure(command, folder / str(place), journal, found)
            except LeftOut as why:
                found["left_out"] = str(why)
                notes.append(f"{name} at {side}³ was left out: {why}")
            device = found.get("device", device)
            print(row(found), flush=True)
            if a.json:
                with open(a.json, "a") as raw:
                    raw.write(json.dumps(found) + "\n")
print(f"""
vivit-tui trained on {device}.
steps/s: the median between two readings of the figures that no epoch's end lies between, over {a.seconds:g} s after
{a.warm_up:g} s; over all: with what vivit-tui does at an epoch's end. First steps: from the start of the process until
the first figures are read, on a GPU those of ten steps. GPU busy: the mean of nvidia-smi's utilisation every {SAMPLE_S} s.
GPU memory: the most in use meanwhile, less what was in use before the start. Host: anonymous memory.""", *notes, sep="\n")
