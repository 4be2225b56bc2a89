"""What the recipe's parts are held to, made by the packages that define them.

Run from anywhere; writes `tests/fixtures/recipe.json`, which `tests/recipe_reference.rs` reads:

    python -m venv venv && venv/bin/pip install numpy scipy==1.17.1 scikit-learn==1.9.1 torch==2.15.0
    venv/bin/python tests/reference/recipe.py

Volumes through affine maps come from scipy.ndimage, rotations from scipy.spatial, losses and their gradients from
PyTorch, class weights from scikit-learn, the distribution of mixup's shares from scipy.stats, the running average
from PyTorch's own `AveragedModel`.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
import torch
from scipy import ndimage, stats
from scipy.spatial.transform import Rotation
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

PATH = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "recipe.json"
SHAPE = (6, 7, 9)
random = np.random.default_rng(20261126)


def numbers(array):
    return [round(float(x), 7) for x in np.asarray(array, np.float64).ravel()]


def mapped(volume, matrix, offset):
    return ndimage.affine_transform(volume / 255.0, matrix, offset, order=1, mode="grid-constant", cval=0.0)


def affines(volume):
    """Any map at all: shears, mirrors and what leads far outside among them."""
    for scale in [0.05, 0.4, 1.5, 4.0]:
        matrix = np.eye(3) + random.normal(0, scale, (3, 3))
        offset = random.normal(0, 2, 3)
        yield {"matrix": matrix.tolist(), "offset": offset.tolist(), "result": numbers(mapped(volume, matrix, offset))}


def motions(volume):
    """Mirrored, then turned and zoomed about the middle, then shifted."""
    middle = (np.array(SHAPE) - 1) / 2
    for mirror, degrees, zoom, shift in [
        ((False, False, False), 15.0, 1.0, (0, 0, 0)),
        ((False, False, False), 0.0, 1.1, (0, 0, 0)),
        ((True, False, False), -12.0, 0.9, (1, -2, 3)),
        ((False, True, True), 90.0, 1.0, (0, 1, 0)),
        ((True, True, True), 173.0, 1.3, (-1, 0, 2)),
    ]:
        axis = random.normal(size=3)
        axis /= np.linalg.norm(axis)
        flipped = np.flip(volume, [i for i in range(3) if mirror[i]])
        turn = Rotation.from_rotvec(np.radians(degrees) * axis).as_matrix()
        back = turn.T / zoom
        result = mapped(flipped, back, middle - back @ (middle + np.array(shift)))
        yield {
            "mirror": mirror,
            "axis": axis.tolist(),
            "degrees": degrees,
            "zoom": zoom,
            "shift": shift,
            "result": numbers(result),
        }


def losses():
    """Scores against labels: smoothed, mixed, weighed, and all of it. Sums over the volumes, divided by their number."""
    n, k = 7, 4
    logits = random.normal(0, 2, (n, k)).astype(np.float32)
    labels = random.integers(0, k, n)
    partners = labels[::-1].copy()
    weights = np.array([0.5, 2.0, 1.25, 0.8], np.float32)
    for smoothing in [0.0, 0.1]:
        for weight in [None, weights]:
            for share in [None, 0.7]:
                x = torch.tensor(logits, requires_grad=True)
                w = None if weight is None else torch.tensor(weight)

                def entropy(targets):
                    return functional.cross_entropy(
                        x, torch.tensor(targets), weight=w, label_smoothing=smoothing, reduction="sum"
                    )

                # The mixed loss as its authors' code has it: two losses, each with its share.
                mixed = entropy(labels) if share is None else share * entropy(labels) + (1 - share) * entropy(partners)
                loss = mixed / n
                loss.backward()
                yield {
                    "logits": numbers(logits),
                    "labels": labels.tolist(),
                    "partners": partners.tolist(),
                    "smoothing": smoothing,
                    "weights": None if weight is None else numbers(weight),
                    "share": share,
                    "loss": loss.item(),
                    "gradient": numbers(x.grad),
                }


def class_weights():
    labels = [0] * 7 + [1] * 2 + [3] * 12 + [4]
    weights = compute_class_weight("balanced", classes=np.unique(labels), y=labels)
    return {"labels": labels, "classes": np.unique(labels).tolist(), "weights": numbers(weights)}


def averages():
    """TensorFlow's warm-up of the decay, through PyTorch's averaging."""
    decay, steps = 0.6, 12
    weights = random.normal(size=(steps + 1, 5)).astype(np.float32)
    model = torch.nn.Linear(5, 1, bias=False)

    def put(row):
        with torch.no_grad():
            model.weight.copy_(torch.tensor(weights[row]).reshape(1, 5))

    def step(average, value, taken):
        kept = min(decay, (1 + int(taken)) / (10 + int(taken)))
        return kept * average + (1 - kept) * value

    put(0)
    # PyTorch copies the first weights that it is given; that is our beginning, and is counted as one.
    average = AveragedModel(model, avg_fn=lambda average, value, taken: step(average, value, taken - 1))
    average.update_parameters(model)
    results = []
    for row in range(1, steps + 1):
        put(row)
        average.update_parameters(model)
        results.append(numbers(average.module.weight.detach()))
    return {"decay": decay, "weights": [numbers(row) for row in weights], "averages": results}


def shares():
    """How likely mixup's greater share is below some bounds."""
    bounds = np.linspace(0.5, 1.0, 26)[1:-1]
    below = lambda alpha: stats.beta.cdf(bounds, alpha, alpha) - stats.beta.cdf(1 - bounds, alpha, alpha)
    return {"bounds": numbers(bounds), "below": [[alpha, numbers(below(alpha))] for alpha in [0.05, 0.2, 1.0, 2.5, 40.0]]}


volume = random.integers(0, 256, SHAPE, dtype=np.uint8)
fixture = {
    "made with": f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, torch {torch.__version__}",
    "shape": SHAPE,
    "volume": volume.ravel().tolist(),
    "affines": list(affines(volume)),
    "motions": list(motions(volume)),
    "losses": list(losses()),
    "class_weights": class_weights(),
    "averages": averages(),
    "shares": shares(),
}
PATH.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(f"{PATH}: {PATH.stat().st_size} bytes; {fixture['made with']}")
