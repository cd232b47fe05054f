"""Writes pillow.json: what Pillow's BILINEAR makes of a picture given by a formula. Run with Pillow 13.0.0: python pillow.py"""

import json

from PIL import Image

OUT = 8
CASES = [
    # width, height, box in ratios (left, top, width, height)
    (97, 65, (0, 0, 1, 1)),
    (512, 384, (0, 0, 1, 1)),
    (5, 4, (0, 0, 1, 1)),
    (8, 300, (0, 0, 1, 1)),
    (160, 90, (0, 0, 1, 1)),
    (97, 65, (0.125, 0.25, 0.5, 0.625)),
    (33, 40, (0.5, 0, 0.5, 0.125)),
]


def picture(width, height):
    pixels = [
        ((7 * x + 13 * y) % 256, (x * x + 3 * y) % 256, (x * y) % 256)
        for y in range(height)
        for x in range(width)
    ]
    image = Image.new("RGB", (width, height))
    image.putdata(pixels)
    return image


def case(width, height, view):
    left, top, w, h = view
    box = (left * width, top * height, (left + w) * width, (top + h) * height)
    result = picture(width, height).resize((OUT, OUT), Image.Resampling.BILINEAR, box=box)
    return {"width": width, "height": height, "view": view, "rgb": list(result.tobytes())}


with open("pillow.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(case(*c)) for c in CASES) + "\n]\n")
