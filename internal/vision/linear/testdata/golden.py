"""Writes golden.json: what scikit-learn fits to made-up features. Needs numpy and scikit-learn 1.9."""
import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(3)
D, K, C = 9, 3, 0.2
counts = [30, 12, 5]
truth = np.repeat(np.arange(K), counts)
centres = rng.normal(size=(K, D))
plain = (rng.normal(size=(len(truth), D)) + centres[truth]) * np.logspace(-2, 2, D) + 3
plain[:, 4] = 5.9  # a feature that never changes
varied = plain + 0.3 * rng.normal(size=plain.shape) * np.logspace(-2, 2, D)
plain, varied = plain.astype(np.float32), varied.astype(np.float32)
scaler = StandardScaler().fit(plain.astype(float))
changing = np.delete(np.sqrt(scaler.var_), 4)
scaler.scale_ = np.sqrt(scaler.var_ + (0.3 * np.sort(changing)[len(changing) // 2]) ** 2)  # quiet, see data.go


def standard(rows):
    x = scaler.transform(rows.astype(float))
    x[:, 4] = 0
    return x


def fit(rows, labels, weights):
    m = LogisticRegression(C=C, tol=1e-10, max_iter=10000).fit(standard(rows), labels, sample_weight=weights)
    coef = m.coef_ / scaler.scale_
    bias = m.intercept_ - coef @ scaler.mean_
    scores = m.predict_proba(standard(plain))
    if len(coef) == 1:
        scores = scores[:, 1]
    return {"weights": coef.ravel().tolist(), "bias": bias.tolist(), "scores": scores.ravel().tolist()}


def fit_each(rows, has, weights):
    """One regression a label: has is [rows, labels], weights too."""
    fits = [fit(rows, has[:, k], weights[:, k]) for k in range(K)]
    return {"weights": sum((f["weights"] for f in fits), []), "bias": sum((f["bias"] for f in fits), []),
            "scores": np.array([f["scores"] for f in fits]).T.ravel().tolist()}


n = len(truth)
balanced = np.array(counts)[truth] ** -0.5
has = standard(plain) @ centres.T + rng.normal(size=(n, K)) > np.array([-1, 1, 3])  # none to all labels, one of them rare
rare = np.where(has, has.sum(0), (~has).sum(0)) ** -0.5
json.dump({
    "width": D, "labels": K, "strength": C, "truth": truth.tolist(),
    "several": [np.flatnonzero(row).tolist() for row in has],
    "plain": plain.ravel().tolist(), "varied": varied.ravel().tolist(),
    "fits": {
        "plain": fit(plain, truth, np.ones(n)),
        "varied": fit(np.vstack([plain, varied]), np.tile(truth, 2), np.full(2 * n, 0.5)),
        "balanced": fit(plain, truth, balanced * n / balanced.sum()),
    },
    "severalFits": {
        "plain": fit_each(plain, has, np.ones((n, K))),
        "varied": fit_each(np.vstack([plain, varied]), np.tile(has, (2, 1)), np.full((2 * n, K), 0.5)),
        "balanced": fit_each(plain, has, rare * n / rare.sum(0)),
    },
}, open("golden.json", "w"))
