"""What the loss of volumes with several labels is held to: PyTorch's `BCEWithLogitsLoss`, with which MedMNIST's own
experiments train, and scikit-learn's balanced weights.

Run from anywhere; writes `tests/fixtures/labels.json`, which `tests/labels_reference.rs` reads:

    python -m venv venv && venv/bin/pip install numpy scikit-learn==1.9.1 torch==2.15.0
    venv/bin/python tests/reference/labels.py
"""

import json
import pathlib

import numpy as np
import sklearn
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

PATH = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "labels.json"
random = np.random.default_rng(20261127)


def numbers(array):
    return [round(float(x), 8) for x in np.asarray(array, np.float64).ravel()]


def balanced(labels):
    """For each label what a no counts and what a yes does; both one where there is one of them only."""
    weights = np.ones((2, labels.shape[1]))
    for label, column in enumerate(labels.T):
        present = np.unique(column)
        weights[present, label] = compute_class_weight("balanced", classes=present, y=column)
    return weights.astype(np.float32)


def losses():
    """Scores against labels: smoothed, mixed, weighed, and all of it; the mean over volumes and labels."""
    n, k = 7, 4
    logits = random.normal(0, 3, (n, k)).astype(np.float32)
    logits[0, 0], logits[1, 1] = 60.0, -60.0  # Where a plain logarithm of the sigmoid would be infinite.
    labels = (random.random((n, k)) < 0.4).astype(np.int64)
    labels[0, 0], labels[1, 1] = 0, 1
    partners = labels[::-1].copy()
    for smoothing in [0.0, 0.1]:
        for weights in [None, balanced(labels)]:
            for share in [None, 0.7]:
                x = torch.tensor(logits, requires_grad=True)
                target = labels if share is None else share * labels + (1 - share) * partners
                target = torch.tensor((1 - smoothing) * target + smoothing / 2, dtype=torch.float32)
                if weights is None:
                    loss = functional.binary_cross_entropy_with_logits(x, target)
                else:
                    no, yes = torch.tensor(weights)
                    # As its documentation has it: p·y·log σ(x) + (1 − y)·log(1 − σ(x)), p being what a yes counts beside a no.
                    loss = functional.binary_cross_entropy_with_logits(x, target, weight=no, pos_weight=yes / no)
                loss.backward()
                yield {
                    "logits": numbers(logits),
                    "labels": labels.tolist(),
                    "partners": partners.tolist(),
                    "smoothing": smoothing,
                    "weights": None if weights is None else numbers(weights),
                    "share": share,
                    "loss": loss.item(),
                    "gradient": numbers(x.grad),
                }


def main():
    labels = (random.random((40, 5)) < np.array([0.05, 0.2, 0.5, 0.9, 0.0])).astype(np.int64)
    fixture = {
        "source": f"tests/reference/labels.py: torch {torch.__version__}, scikit-learn {sklearn.__version__}",
        "losses": list(losses()),
        "class_weights": {"labels": labels.tolist(), "weights": numbers(balanced(labels))},
    }
    PATH.write_text(json.dumps(fixture) + "\n")
    print(PATH, PATH.stat().st_size, "bytes;", fixture["source"])


if __name__ == "__main__":
    main()
