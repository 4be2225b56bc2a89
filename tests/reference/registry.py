"""MedMNIST's own registry, which `assets/medmnist.ron` is held to.

Run from anywhere; writes `tests/fixtures/registry.json`, which `src/data/medmnist.rs` reads in its tests:

    python -m venv venv && venv/bin/pip install --no-deps medmnist==3.0.2
    venv/bin/python tests/reference/registry.py

Everything is `medmnist/info.py` as it stands; nothing is downloaded. The module is loaded by its path, because the
package itself wants torch.
"""

import importlib.util
import json
import pathlib

PATH = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "registry.json"
FOLDER = pathlib.Path(importlib.util.find_spec("medmnist").submodule_search_locations[0])


def info():
    spec = importlib.util.spec_from_file_location("info", FOLDER / "info.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def known(flag, entry):
    sizes = [28] + sorted(int(key.removeprefix("MD5_")) for key in entry if key.startswith("MD5_"))
    key = lambda name, size: entry[name if size == 28 else f"{name}_{size}"]
    samples = entry["n_samples"]
    return dict(
        flag=flag,
        task=entry["task"],
        classes=[entry["label"][str(label)] for label in range(len(entry["label"]))],
        channels=entry["n_channels"],
        samples=[samples["train"], samples["val"], samples["test"]],
        licence=entry["license"],
        files=[dict(size=size, md5=key("MD5", size), url=key("url", size)) for size in sizes],
    )


def main():
    module = info()
    sets = [known(flag, entry) for flag, entry in module.INFO.items()]
    lines = ",\n".join("    " + json.dumps(entry) for entry in sets)
    PATH.write_text('{\n  "source": "tests/reference/registry.py: medmnist 3.0.2",\n  "sets": [\n' + lines + "\n  ]\n}\n")
    print(PATH, len(sets), "sets")


if __name__ == "__main__":
    main()
