"""Writes intervals.json: intervals of scipy and a curve of scikit-learn. Needs numpy, scipy 1.17 and scikit-learn 1.9."""
import json

import numpy as np
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import precision_recall_curve, precision_recall_fscore_support

rng = np.random.default_rng(11)
K, N = 4, 400

wilson = [[k, n, *binomtest(k, n).proportion_ci(method="wilson")] for k, n in [(0, 1), (1, 1), (0, 12), (12, 12), (8, 10), (50, 90), (999, 1000)]]

# One label a picture; label 3 is rare. An answer is given to every picture, so thresholds play no part.
truth = rng.choice(K, size=N, p=[0.4, 0.3, 0.25, 0.05])
answer = np.where(rng.random(N) < 0.8, truth, rng.integers(0, K, N))


def macro(at):
    t, a = truth[at], answer[at]
    return precision_recall_fscore_support(t, a, average="macro", labels=np.unique(t), zero_division=0)[:3]


drawn = bootstrap((np.arange(N),), macro, n_resamples=4000, method="percentile", vectorized=False, rng=5)
low, high = drawn.confidence_interval

scores = np.round(rng.random(40), 2).astype(np.float32)  # with equal ones among them
has = rng.random(40) < scores
precision, recall, thresholds = precision_recall_curve(has, scores)

json.dump({
    "wilson": wilson,
    "bootstrap": {"truth": truth.tolist(), "answer": answer.tolist(), "low": list(low), "high": list(high)},
    "curve": {"scores": scores.tolist(), "has": has.tolist(), "precision": precision[:-1].tolist(), "recall": recall[:-1].tolist(),
              "thresholds": thresholds.tolist()},
}, open("intervals.json", "w"))
