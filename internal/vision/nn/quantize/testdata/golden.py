"""Writes golden.json: weights, biases and maps as 8-bit integers, by definition.

Run with any Python that has numpy: python golden.py > golden.json
"""

import json
from fractions import Fraction

import numpy as np

f32 = np.float32


def levels(low, high):
    low, high = min(float(f32(low)), 0.0), max(float(f32(high)), 0.0)
    if low == high:
        return {"scale": 1.0, "zero": 0}
    scale = float(f32((high - low) / 255))
    return {"scale": scale, "zero": min(round(-low / scale), 255)}


def channel(weights, bias, map_scale):
    """One output channel. Sums of rounding errors are exact fractions here."""
    most = max(abs(float(w)) for w in weights)
    scale = float(f32(max(most / 127, abs(float(bias)) / (float(map_scale) * 2**30))))
    if scale == 0:
        scale = 1.0
    exact = [Fraction(float(w)) / Fraction(scale) for w in weights]
    integers = [round(e) for e in exact]  # halves to even
    while abs(sum(exact) - sum(integers)) > Fraction(1, 2):
        up = sum(exact) > sum(integers)
        missing = [(e - q) if up else (q - e) for e, q in zip(exact, integers)]
        integers[missing.index(max(missing))] += 1 if up else -1
    step = float(f32(f32(map_scale) * f32(scale)))
    return {"scale": scale, "integers": integers, "step": step, "bias": round(Fraction(float(bias)) / Fraction(step))}


def main():
    wave = [f32(0.3 * np.sin(0.7 * i)) for i in range(27)]
    positive = [f32(0.01 + 0.001 * (i % 7)) for i in range(26)] + [f32(0.5)]
    channels = {
        "wave": (wave, f32(0.25)),
        "errors of one sign": (positive, f32(-3)),
        "halves": ([f32(127), f32(0.5), f32(1.5), f32(-2.5)] + [f32(0)] * 23, f32(0)),
        "zeros": ([f32(0)] * 27, f32(0)),
        "zeros with a bias": ([f32(0)] * 27, f32(0.7)),
        "vanished": ([f32(1e-30)] * 27, f32(-0.7)),
    }
    map_scale = f32(6 / 255)
    ranges = [(0, 6), (-127 / 128, 1), (-28.5, 33.25), (2, 8), (-3, -1), (0, 0), (-5, 0)]
    golden = {
        "mapScale": float(map_scale),
        "channels": [
            {"name": name, "weights": [float(w) for w in weights], "offset": float(bias), **channel(weights, bias, map_scale)}
            for name, (weights, bias) in channels.items()
        ],
        "ranges": [{"low": low, "high": high, **levels(low, high)} for low, high in ranges],
    }
    print(json.dumps(golden))


main()
