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


def fit(rows, labels, weights):
    x = scaler.transform(rows.astype(float))
    x[:, 4] = 0
    m = LogisticRegression(C=C, tol=1e-10, max_iter=10000).fit(x, labels, sample_weight=weights)
    coef = m.coef_ / scaler.scale_
    bias = m.intercept_ - coef @ scaler.mean_
    p = scaler.transform(plain.astype(float))
    p[:, 4] = 0
    return {"weights": coef.ravel().tolist(), "bias": bias.tolist(), "scores": m.predict_proba(p).ravel().tolist()}


n = len(truth)
balanced = np.array(counts)[truth] ** -0.5
json.dump({
    "width": D, "labels": K, "strength": C, "truth": truth.tolist(),
    "plain": plain.ravel().tolist(), "varied": varied.ravel().tolist(),
    "fits": {
        "plain": fit(plain, truth, np.ones(n)),
        "varied": fit(np.vstack([plain, varied]), np.tile(truth, 2), np.full(2 * n, 0.5)),
        "balanced": fit(plain, truth, balanced * n / balanced.sum()),
    },
}, open("golden.json", "w"))
