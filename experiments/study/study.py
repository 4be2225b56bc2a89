"""Trains recipes with several seeds each, and writes what came of them into docs/results.md.

    cargo build --release --locked
    python3 experiments/study/study.py adrenal --data-dir FOLDER     # recipes on AdrenalMNIST3D; fetched if not there
    python3 experiments/study/study.py phantom                       # the paper's variants on the built-in set

Runs that are there already (in --runs-dir) are not trained again, so an interrupted study goes on where it stood. Each
has the checksum of its recipe beside it: where the recipe has changed since, the study says so and ends.
Which weights are called the best is chosen by the validation split alone; the test split is only read at the end.
Nothing but the standard library is used.
"""

import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent

# What is trained: a name, the experiment's file, and the recipe that it is compared with.
STUDIES = {
    "adrenal": {
        "title": "AdrenalMNIST3D, 28³",
        "recipes": [("baseline", "adrenal.ron"), ("best-shape", "best-shape.ron")],
        "note": "`best-shape.ron` was chosen on a quarter of the training split and the validation split together, 395 volumes, one "
                "run a choice, as its comments say; those runs are not kept. The validation split alone does not tell the two "
                "recipes apart. With the best weights the AUC of `best-shape.ron` is ResNet-18 3D's to within its spread, with "
                "the last weights above it; the accuracy is above it with both.",
        "published": [  # MedMNIST v2, test split, weights of the best validation: AUC, accuracy
            ("ResNet-18 3D", 0.827, 0.721),
            ("ResNet-50 3D", 0.828, 0.745),
            ("ResNet-18 ACS", 0.839, 0.754),
            ("auto-sklearn", 0.828, 0.802),
        ],
    },
    "phantom": {
        "title": "The built-in synthetic set",
        "recipes": [
            ("spatio-temporal", "paper-spatio-temporal.ron"),
            ("factorised-encoder", "paper-factorised-encoder.ron"),
            ("factorised-self-attention", "paper-factorised-self-attention.ron"),
            ("factorised-dot-product", "paper-factorised-dot-product.ron"),
            ("uniform-frames", "paper-uniform-frames.ron"),
        ],
        "published": [],
    },
}
FIGURES = [("auc", "AUC"), ("accuracy", "accuracy")]
WEIGHTS = ["last", "best"]


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("study", choices=STUDIES)
    ap.add_argument("--seeds", type=int, default=5)
    ap.add_argument("--runs-dir", type=pathlib.Path, default=root / "runs" / "study")
    ap.add_argument("--data-dir")
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--jobs", type=int, default=1, help="runs at once; the number of threads changes no result")
    ap.add_argument("--threads", type=int, help="of each run")
    ap.add_argument("--program", type=pathlib.Path, default=program())
    ap.add_argument("--results", type=pathlib.Path, default=root / "docs" / "results.md")
    return ap.parse_args()


def program():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release" / "vivit-tui"


def finished(runs, seed, file):
    """The newest finished run with that seed, if there is one: its folder and its summary."""
    for path in sorted(runs.glob("*/summary.json"), reverse=True):
        summary = json.loads(path.read_text())
        if summary["seed"] == seed and summary["outcome"] in ("completed", "stopped_early"):
            of = path.parent / RECIPE
            if not of.exists() or of.read_text() != checksum(file):
                sys.exit(f"{path.parent} was not trained by {file} as it is now; move it away, or name another --runs-dir")
            return path.parent, summary
    return None


# In a run's folder: the checksum of the recipe that it was trained by.
RECIPE = "recipe.sha256"


def checksum(file):
    return hashlib.sha256((root / "experiments" / file).read_bytes()).hexdigest()


def train(a, file, seed, runs):
    command = [a.program, root / "experiments" / file, "--no-ui", "--device", a.device, "--seed", str(seed), "--runs-dir", runs]
    for option, value in (("--data-dir", a.data_dir), ("--threads", a.threads)):
        command += [option, str(value)] if value else []
    recipe = checksum(file)
    done = subprocess.run(list(map(str, command)), cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{file}, seed {seed}: {done.stderr[-2000:]}")
    for path in runs.glob("*/summary.json"):
        if json.loads(path.read_text())["seed"] == seed and not (path.parent / RECIPE).exists():
            (path.parent / RECIPE).write_text(recipe)
    return finished(runs, seed, file)


def trained(a, recipe, file):
    runs = a.runs_dir / a.study / recipe

    def one(seed):
        folder, summary = finished(runs, seed, file) or train(a, file, seed, runs)
        print(f"{recipe}, seed {seed}: done in {summary['wall_s']:.0f} s", file=sys.stderr)
        return folder, summary

    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        return list(pool.map(one, range(a.seeds)))


def spread(values):
    deviation = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{deviation}"


def of(found, split, weights, figure):
    return [summary[split][weights][figure] for summary in found]


def compared(a, one, other):
    """The program's own paired comparison over the seeds, on the test split, of the folders of two recipes."""
    names = [",".join(map(str, folders)) for folders in (one, other)]
    rows = []
    for weights in WEIGHTS:
        command = [a.program, "compare", *names, "--weights", weights, "--json"]
        done = subprocess.run(list(map(str, command)), cwd=root, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"compare: {done.stderr}")
        tests = json.loads(done.stdout)["paired_t"]
        for figure, word in FIGURES:
            test = tests[figure]
            if "untested" in test:
                rows.append(f"| {word}, {weights} weights | {test['untested']} | |")
                continue
            interval = f"{test['mean']:+.3f} ({test['low']:+.3f} … {test['high']:+.3f})"
            p = f"{test['p_value']:.3f}" if test["p_value"] >= 0.001 else "< 0.001"
            rows.append(f"| {word}, {weights} weights | {interval} | {p} |")
    return rows


def section(a):
    study = STUDIES[a.study]
    runs = {recipe: trained(a, recipe, file) for recipe, file in study["recipes"]}
    results = {recipe: [summary for _, summary in found] for recipe, found in runs.items()}
    folders = {recipe: [folder for folder, _ in found] for recipe, found in runs.items()}
    synthetic = any(summary["synthetic"] for found in results.values() for summary in found)
    text = [f"## {study['title']}" + (" (SYNTHETIC)" if synthetic else ""), ""]
    text += [f"{a.seeds} seeds each, mean ± standard deviation (n − 1); `python3 experiments/study/study.py {a.study}`, "
             f"written on {machine()}. Trained on {days(folders)} by programs of commit {commits(folders)}; the recipes are those of "
             f"{recipes(study)}.", ""]
    text += [study["note"], ""] if "note" in study else []
    heads = [f"test {word}, {weights} weights" for _, word in FIGURES for weights in WEIGHTS]
    text += ["| recipe | parameters | validation AUC, best | " + " | ".join(heads) + " |", "|---|---|---" + "|---" * len(heads) + "|"]
    for (recipe, file), found in zip(study["recipes"], results.values()):
        cells = [spread(of(found, "test", weights, figure)) for figure, _ in FIGURES for weights in WEIGHTS]
        parameters = f"{found[0]['parameters']:,}"
        validation = spread(of(found, "validation", "best", "auc"))
        text.append(f"| `{file}` | {parameters} | {validation} | " + " | ".join(cells) + " |")
    for name, auc, accuracy in study["published"]:
        text.append(f"| {name}, published | | | | {auc:.3f} | | {accuracy:.3f} |")
    commonest = max(next(iter(results.values()))[0]["test"]["last"]["per_class"], key=lambda of: of["support"])
    share = commonest["support"] / sum(of["support"] for of in next(iter(results.values()))[0]["test"]["last"]["per_class"])
    if share >= 0.6:  # As the program says it: an accuracy is to be measured against this.
        text.append(f"| always {commonest['class']} | | | 0.500 | 0.500 | {share:.3f} | {share:.3f} |")
    first = study["recipes"][0][0]
    # The spread of one seed is not known.
    for recipe, file in study["recipes"][1:] if a.seeds > 1 else []:
        text += ["", f"`{file}` less `{study['recipes'][0][1]}`, over the seeds that both have: Student's paired t, 95 % interval.", "",
                 "| test | difference | p |", "|---|---|---|", *compared(a, folders[first], folders[recipe])]
    return "\n".join(text) + "\n"


def machine():
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor()) if pathlib.Path("/proc/cpuinfo").exists() else platform.processor()
    return f"{os.cpu_count()} cores of {cpu}"


def days(folders):
    """When the runs were finished."""
    times = [(folder / "summary.json").stat().st_mtime for several in folders.values() for folder in several]
    found = sorted({str(datetime.date.fromtimestamp(time)) for time in times})
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


def recipes(study):
    """The commits that last changed them."""
    found = set()
    for _, file in study["recipes"]:
        command = ["git", "log", "-1", "--format=%h", "--abbrev=7", "--", f"experiments/{file}"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        found.add(done.stdout.strip() or "unknown")
    return ", ".join(sorted(found))


def commits(folders):
    """Those that the programs which trained the runs were built from."""
    found = set()
    for folder in (folder for several in folders.values() for folder in several):
        commit = re.search(r'commit: Some\("([0-9a-f]{7})', (folder / "provenance.ron").read_text())
        found.add(commit[1] if commit else "unknown")
    return ", ".join(sorted(found))


INTRODUCTION = """# Results

Written by `experiments/study/study.py`; what a study has not measured is not here.
The best weights are those of the best validation of a run, by the figure that its experiment names. The test split decides nothing.
Published figures are those of MedMNIST v2 (Scientific Data 10, 41, 2023), which takes the weights of the best validation.

"""


def main():
    a = arguments()
    before = a.results.read_text() if a.results.exists() else INTRODUCTION
    title = STUDIES[a.study]["title"]
    new = section(a)
    # The study's own section is replaced, the others stay.
    parts = {part.splitlines()[0].removesuffix(" (SYNTHETIC)"): part for part in re.split(r"(?m)^(?=## )", before)[1:]}
    parts[f"## {title}"] = new
    a.results.write_text(INTRODUCTION + "\n".join(part.rstrip() + "\n" for part in parts.values()))


main()
