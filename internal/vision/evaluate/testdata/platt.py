"""Platt scaling of made-up answers by SciPy.

    python platt.py > platt.json      (scipy 1.17, numpy 2.4)
"""
import json

import numpy as np
from scipy.optimize import minimize


def case(seed, n, slope, offset):
    """Answers whose scores' logits are slope * logit(chance of being right) + offset."""
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-rng.normal(-1, 2, n)))
    right = rng.random(n) < chance
    scores = 1 / (1 + np.exp(-(slope * np.log(chance / (1 - chance)) + offset)))
    scores = np.round(scores, 4).astype(np.float32)
    s = np.clip(scores.astype(float), 1e-6, 1 - 1e-6)
    z, sign = np.log(s / (1 - s)), np.where(right, -1, 1)

    def loss(x):
        return np.logaddexp(0, sign * (np.exp(x[0]) * z + x[1])).sum() + x @ x

    best = min((minimize(loss, start, method="BFGS", options={"gtol": 1e-9}) for start in ([0, 0], [-2, 0], [1, 1])),
               key=lambda r: r.fun)
    return {"scores": scores.tolist(), "right": right.tolist(), "slope": float(np.exp(best.x[0])), "offset": float(best.x[1])}


print(json.dumps({
    "too sharp": case(1, 200, 3, 0),
    "too bold": case(2, 200, 1, 2),
    "too shy": case(3, 200, 0.5, -1),
    "upside down": case(4, 60, -1, 0),
}))
