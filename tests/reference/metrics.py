"""Figures and prediction files that `src/metrics` is held to, made by the packages that define them.

Run from anywhere; writes `tests/fixtures/metrics.json`, which `tests/metrics_reference.rs` reads:

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 statsmodels==0.15.0 pandas==3.1.1
    venv/bin/pip install --no-deps medmnist==3.0.2      # its evaluator needs neither torch nor torchvision
    venv/bin/python tests/reference/metrics.py

Accuracy and AUC come from `medmnist.evaluator` itself, the other figures from scikit-learn, the interval from statsmodels, the text
of the prediction files from pandas, called as the evaluator calls it, and their names from the evaluator. McNemar's test
comes from statsmodels, Student's paired t, over seeds and over volumes with several labels, from scipy. NaN is written as
null.
"""

import contextlib
import io
import json
import math
import pathlib
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

with contextlib.redirect_stdout(io.StringIO()):  # It says that torch is missing, which is meant.
    import medmnist
    from medmnist.evaluator import Evaluator, Metrics, getACC, getAUC

PATH = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "metrics.json"


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def defined(value):
    return None if value is None or math.isnan(value) else float(value)


def figures(name, scores, labels):
    """One case: scores [n, k] in float32, and all that is expected of them."""
    scores, labels = np.asarray(scores, np.float32), np.asarray(labels, int)
    n, k = scores.shape
    classes = np.arange(k)
    task = "binary-class" if k == 2 else "multi-class"
    predicted = (scores[:, 1] > 0.5).astype(int) if k == 2 else scores.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Absent classes are meant.
        precision, recall, f1, support = metrics.precision_recall_fscore_support(
            labels, predicted, labels=classes, zero_division=np.nan
        )
        class_auc = [metrics.roc_auc_score(labels == c, scores[:, c]) for c in classes]
        top5 = 1.0 if k <= 5 else metrics.top_k_accuracy_score(labels, scores, k=5, labels=classes)
        auc, accuracy = getAUC(labels, scores, task), getACC(labels, scores, task)
        balanced = metrics.balanced_accuracy_score(labels, predicted)
    low, high = proportion_confint((predicted == labels).sum(), n, alpha=0.05, method="wilson")
    confusion = metrics.confusion_matrix(labels, predicted, labels=classes)
    return dict(
        name=name,
        classes=k,
        labels=labels.tolist(),
        scores=[float(s) for s in scores.ravel()],
        accuracy=defined(accuracy),
        interval=[float(low), float(high)],
        top5=float(top5),
        auc=defined(auc),
        balanced_accuracy=defined(balanced),
        confusion=confusion.tolist(),
        support=support.tolist(),
        predicted=confusion.sum(axis=0).tolist(),
        precision=[defined(v) for v in precision],
        recall=[defined(v) for v in recall],
        f1=[defined(v) for v in f1],
        class_auc=[defined(v) for v in class_auc],
    )


def cases():
    rng = np.random.default_rng(11)
    ones = np.array([0.1, 0.4, 0.4, 0.8, 0.4, 0.2])
    yield figures("binary, the vector of FACTS", np.stack([1 - ones, ones], 1), [0, 1, 0, 1, 1, 0])

    ones = rng.integers(0, 9, 40) / 8  # Ties everywhere, also at the threshold of one half.
    assert (ones == 0.5).any()
    yield figures("binary with ties", np.stack([1 - ones, ones], 1), rng.random(40) < 0.3 + 0.4 * ones)

    yield figures("binary, one class alone", [[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]], [0, 0, 0])

    rows = [.16, .18, .66, .65, .35, 0, .67, .02, .31, .2, .72, .08, .17, .81, .02, .07, .53, .4]
    rows += [.67, .16, .17, .47, .44, .08, .11, .62, .27, .27, .33, .39, .64, .03, .32, .31, .52, .17]
    labels = [2, 1, 1, 0, 0, 0, 0, 0, 0, 2, 1, 2]
    yield figures("three classes, the vector of FACTS", np.reshape(rows, (12, 3)), labels)

    labels = rng.permutation(np.arange(90) % 11)
    logits = rng.normal(0, 1, (90, 11)) + 1.2 * np.eye(11)[labels]
    yield figures("eleven classes", softmax(logits), labels)

    labels = rng.choice([0, 1, 3], 30)  # Class 2 has no volume but is predicted; class 3 is never predicted.
    logits = rng.normal(0, 1, (30, 4)) + np.eye(4)[labels]
    logits[:, 3] -= 20
    yield figures("an absent class and one never predicted", softmax(logits), labels)


def labels_case(name, scores, labels):
    """One case of several labels a volume: scores and labels [n, k]."""
    scores, labels = np.asarray(scores, np.float32), np.asarray(labels, int)
    n, k = scores.shape
    task, said = "multi-label, binary-class", scores > 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Labels that no volume has are meant.
        auc, accuracy = getAUC(labels, scores, task), getACC(labels, scores, task)
        of = lambda figure, **more: [defined(figure(labels[:, c], said[:, c], **more)) for c in range(k)]
        balanced = [defined(metrics.balanced_accuracy_score(labels[:, c], said[:, c])) for c in range(k)]
        both = [0 < labels[:, c].sum() < n for c in range(k)]
        class_auc = [defined(metrics.roc_auc_score(labels[:, c], scores[:, c])) for c in range(k)]
        specificity = [defined(metrics.recall_score(1 - labels[:, c], 1 - said[:, c], zero_division=np.nan)) for c in range(k)]
    # Wilson's interval of as many answers as would scatter as the volumes' own shares of right ones do.
    shares = (said == labels).mean(axis=1)
    p, of_mean = shares.mean(), shares.var(ddof=1) / n
    effective = p * (1 - p) / of_mean
    low, high = proportion_confint(p * effective, effective, alpha=0.05, method="wilson")
    table = lambda c: metrics.confusion_matrix(labels[:, c], said[:, c], labels=[1, 0]).ravel().tolist()
    return dict(
        name=name,
        classes=k,
        labels=labels.ravel().tolist(),
        scores=[float(s) for s in scores.ravel()],
        accuracy=defined(accuracy),
        interval=[float(low), float(high)],
        auc=defined(auc),
        balanced_accuracy=defined(np.mean([b for b, defined_ in zip(balanced, both) if defined_])),
        tables=[table(c) for c in range(k)],
        label_accuracy=of(metrics.accuracy_score),
        precision=of(metrics.precision_score, zero_division=np.nan),
        recall=of(metrics.recall_score, zero_division=np.nan),
        specificity=specificity,
        f1=of(metrics.f1_score, zero_division=np.nan),
        class_auc=class_auc,
    )


def labels_cases():
    rng = np.random.default_rng(21)
    labels = rng.random((120, 14)) < np.linspace(0.02, 0.4, 14)
    labels[0] = True  # Every label occurs.
    logits = rng.normal(-1.5, 1, (120, 14)) + 2 * labels + rng.normal(0, 1, (120, 1))
    yield labels_case("fourteen findings", 1 / (1 + np.exp(-logits)), labels)
    scores = rng.integers(0, 9, (40, 3)) / 8  # Ties everywhere, also at the threshold of one half.
    yield labels_case("three labels with ties", scores, rng.random((40, 3)) < 0.3 + 0.4 * scores)
    labels = rng.random((30, 4)) < 0.5
    labels[:, 1], labels[:, 3] = False, True  # One that no volume has, one that all have.
    scores = rng.random((30, 4))
    scores[:, 2] *= 0.4  # And one that is never said to be there.
    yield labels_case("a label that none has and one that all have", scores, labels)


def degrees():
    """Answers to classes that are degrees, as matrices: the mean error in degrees, and Cohen's kappa with squared weights."""
    rng = np.random.default_rng(22)
    for n, k, spread in [(400, 5, 0.9), (60, 3, 0.4), (25, 7, 2.5)]:
        truth = rng.integers(0, k, n)
        said = np.clip(np.rint(truth + rng.normal(0, spread, n)), 0, k - 1).astype(int)
        confusion = metrics.confusion_matrix(truth, said, labels=np.arange(k))
        kappa = metrics.cohen_kappa_score(truth, said, weights="quadratic", labels=np.arange(k))
        yield dict(
            confusion=confusion.tolist(),
            mean_absolute_error=float(metrics.mean_absolute_error(truth, said)),
            quadratic_kappa=float(kappa),
        )


def intervals():
    pairs = [(0, 1), (1, 1), (0, 20), (1, 20), (20, 20), (5, 10), (151, 161), (468, 610), (488, 610), (609, 610), (1, 100_000)]
    return [[s, n, *map(float, proportion_confint(s, n, alpha=0.05, method="wilson"))] for s, n in pairs]


def prediction_text():
    """What `Evaluator.evaluate` writes: `pd.DataFrame(y_score).to_csv(path, header=None)`."""
    rng = np.random.default_rng(3)
    scores = softmax(rng.normal(0, 6, (24, 3)))
    scores[0] = [1, 0, 0]
    scores[1] = [1e-4, 9.9999e-5, 1e-5]
    scores[2] = [1.1754944e-38, 1e-45, 0.1]
    return dict(classes=3, scores=[float(s) for s in scores.ravel()], text=pd.DataFrame(scores).to_csv(header=None))


def file_names():
    """What `Evaluator.get_standard_evaluation_filename` answers, without the data file its constructor opens."""
    wanted = [
        ("organmnist3d", 28, "test", 0.97541, 0.76721311, "baseline-003"),
        ("organmnist3d", 64, "val", 1.0, 15 / 240, "1"),
        ("adrenalmnist3d", 28, "train", float("nan"), 0.5, "a"),
        ("nodulemnist3d", 28, "test", 0.9995, 0.0005, "x"),
        ("vesselmnist3d", 64, "test", 0.1875, 0.3125, "x"),
        ("chestmnist", 224, "test", 0.77801, 0.94801, "chest-001-last"),
        ("retinamnist", 128, "val", 0.7504, 0.5325, "retina-001-best"),
    ]
    for flag, size, split, auc, accuracy, run in wanted:
        evaluator = object.__new__(Evaluator)
        evaluator.flag, evaluator.split, evaluator.size_flag = flag, split, "" if size == 28 else f"_{size}"
        name = evaluator.get_standard_evaluation_filename(Metrics(auc, accuracy), run)
        yield dict(flag=flag, size=size, split=split, auc=defined(auc), accuracy=accuracy, run=run, name=name)


def paired():
    """Right by both, by the first alone, by the second alone, by neither; and the exact p of McNemar's test."""
    tables = [(14, 5, 0, 22), (59, 6, 16, 80), (300, 0, 1, 0), (470, 61, 20, 59), (0, 7, 7, 0), (5, 3, 4, 5), (90, 0, 40, 2)]
    tables += [(0, 500, 400, 0), (10_000, 2_100, 1_900, 3_000)]
    for table in tables:
        p = mcnemar(np.reshape(table, (2, 2)), exact=True).pvalue
        yield [list(table), float(p)]


def labels_paired():
    """Two answers to the same labels: how much larger a share of a volume's labels the second answers rightly, in the mean
    over the volumes, and what scipy says of that."""
    rng = np.random.default_rng(23)
    for n, k, better in [(200, 14, 0.4), (40, 3, 0.0), (25, 5, -0.8), (2, 64, 0.3)]:
        labels = rng.random((n, k)) < 0.3
        common = rng.normal(0, 1, (n, 1))  # The labels of a volume hang together, and so do the two answers.
        logits = [rng.normal(-0.8, 1, (n, k)) + common + gain * (2 * labels - 1) for gain in (0.6, 0.6 + better)]
        scores = [np.round(1 / (1 + np.exp(-l)), 4).astype(np.float32) for l in logits]
        first, second = [((s > 0.5) == labels).mean(axis=1) for s in scores]
        low, high = stats.ttest_rel(second, first).confidence_interval(0.95)
        yield dict(
            classes=k,
            labels=labels.ravel().astype(int).tolist(),
            first=[round(float(s), 4) for s in scores[0].ravel()],
            second=[round(float(s), 4) for s in scores[1].ravel()],
            difference=float((second - first).mean()),
            interval=[max(float(low), -1.0), min(float(high), 1.0)],
        )


def seeds():
    """Figures of two recipes with the same seeds, and what scipy says of the second less the first."""
    rng = np.random.default_rng(5)
    for n, gain in [(2, 0.01), (3, 0.0), (5, 0.02), (10, -0.01), (30, 0.003), (200, 0.1)]:
        first = rng.normal(0.75, 0.02, n)
        second = first + rng.normal(gain, 0.015, n)
        test = stats.ttest_rel(second, first)
        low, high = test.confidence_interval(0.95)
        both = [[float(v.mean()), float(v.std(ddof=1)), float(v.min()), float(v.max())] for v in (first, second)]
        yield dict(
            first=first.tolist(),
            second=second.tolist(),
            spreads=both,
            t=float(test.statistic),
            p=float(test.pvalue),
            interval=[float(low), float(high)],
        )


def main():
    line = lambda values: "[\n" + ",\n".join("    " + json.dumps(v, allow_nan=False) for v in values) + "\n  ]"
    source = f"tests/reference/metrics.py: medmnist {medmnist.__version__}, scikit-learn {sklearn.__version__}, "
    source += f"statsmodels {statsmodels.__version__}, scipy {scipy.__version__}, pandas {pd.__version__}"
    PATH.write_text(
        "{\n"
        f'  "source": {json.dumps(source)},\n'
        f'  "cases": {line(cases())},\n'
        f'  "labels_cases": {line(labels_cases())},\n'
        f'  "degrees": {line(degrees())},\n'
        f'  "intervals": {line(intervals())},\n'
        f'  "paired": {line(paired())},\n'
        f'  "labels_paired": {line(labels_paired())},\n'
        f'  "seeds": {line(seeds())},\n'
        f'  "prediction": {json.dumps(prediction_text())},\n'
        f'  "file_names": {line(file_names())}\n'
        "}\n"
    )
    print(PATH, PATH.stat().st_size, "bytes;", source)


if __name__ == "__main__":
    main()
