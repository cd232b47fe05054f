"""Writes golden.json: what scikit-learn says of made-up predictions. Needs numpy, scipy and scikit-learn 1.9."""
import json

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.metrics import accuracy_score, average_precision_score, confusion_matrix, log_loss, precision_recall_fscore_support

rng = np.random.default_rng(7)
N, K = 60, 6
ABSENT, NEVER = 5, 4  # no test picture; never answered


def ece(scores, right):
    edges = np.linspace(0, 1, 16)
    error = 0.0
    for lo, hi in zip(edges[:-1], edges[1:]):
        inside = (scores > lo) & (scores <= hi) if lo > 0 else scores <= hi
        if inside.any():
            error += abs(scores[inside].mean() - right[inside].mean()) * inside.mean()
    return error


def case(truth, logits, thresholds, single):
    scores = np.exp(logits - logits.max(1, keepdims=True)) if single else 1 / (1 + np.exp(-logits))
    scores = np.round(scores / scores.sum(1, keepdims=True) if single else scores, 4).astype(np.float32)
    y = np.zeros((N, K), int)
    for i, t in enumerate(truth):
        y[i, t] = 1
    answered = (scores >= np.float32(thresholds)).astype(int)
    present = [k for k in range(K) if y[:, k].any()]
    p, r, f, _ = precision_recall_fscore_support(y, answered, average=None, zero_division=0)
    mp, mr, mf, _ = precision_recall_fscore_support(y, answered, average="macro", labels=present, zero_division=0)
    ap = [average_precision_score(y[:, k], scores[:, k]) if k in present else 0.0 for k in range(K)]
    out = {"scores": scores.ravel().tolist(), "truth": [np.atleast_1d(t).tolist() for t in truth], "thresholds": thresholds,
           "precision": mp, "recall": mr, "f1": mf, "meanAveragePrecision": np.mean([ap[k] for k in present]),
           "labelPrecision": p.tolist(), "labelRecall": r.tolist(), "labelF1": f.tolist(), "labelAveragePrecision": ap}
    if not single:
        out["accuracy"] = accuracy_score(y, answered)
        s = np.clip(scores.astype(float), 1e-12, 1 - 1e-12)
        out["logLoss"] = -(y * np.log(s) + (1 - y) * np.log(1 - s)).mean()
        out["confusion"] = []
        out["ece"] = ece(scores.astype(float).ravel(), y.ravel())
    else:
        t = np.array(truth)
        out["accuracy"] = accuracy_score(t, scores.argmax(1))
        s = np.maximum(scores.astype(float), 1e-12)
        out["logLoss"] = -np.log(s[np.arange(N), t]).mean()
        out["confusion"] = confusion_matrix(t, scores.argmax(1), labels=range(K), normalize="true")[present].ravel().tolist()
        out["ece"] = ece(scores.max(1).astype(float), scores.argmax(1) == t)
    return out


truth = rng.integers(0, 5, N)
logits = rng.normal(size=(N, K)) + 2.0 * np.eye(K)[truth]
thresholds = [0.5, 0.25, 0.35, 0.4, 1.0, 0.3]
golden = {"single": case(truth, logits, thresholds, True)}
several = [sorted(rng.choice(5, size=rng.integers(0, 4), replace=False).tolist()) for _ in range(N)]
has = np.array([[k in labels for k in range(K)] for labels in several])
golden["several"] = case(several, rng.normal(size=(N, K)) + 2.0 * has - 1, thresholds, False)

sharp = np.round(4 * logits, 3)
c = sharp - sharp.max(1, keepdims=True)
nll = lambda u: -(c * np.exp(-u) - np.log(np.exp(c * np.exp(-u)).sum(1, keepdims=True)))[np.arange(N), truth].sum() + u * u
golden["temperature"] = {"logits": sharp.ravel().tolist(), "truth": truth.tolist(),
                         "temperature": float(np.exp(minimize_scalar(nll, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10}).x))}

z = 1.5 * rng.normal(size=(N, K))
has = rng.random((N, K)) < 1 / (1 + np.exp(-z))
sharp = np.round(4 * z, 3)
loss = lambda u: np.logaddexp(0, np.where(has, -sharp, sharp) * np.exp(-u)).sum() + u * u
golden["severalTemperature"] = {
    "logits": sharp.ravel().tolist(), "truth": [np.flatnonzero(row).tolist() for row in has], "loss": loss(0) / (N * K),
    "temperature": float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10}).x))}
json.dump(golden, open("golden.json", "w"))
