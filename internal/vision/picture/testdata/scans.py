"""Writes scans.json: JPEG files of a picture given by a formula, in codings that Go cannot write. Run with Pillow 13.0.0: python scans.py"""

import base64
import io
import json

from PIL import Image

CASES = {
    "baseline 4:4:4": dict(quality=95, subsampling=0),
    "baseline 4:2:0": dict(quality=75, subsampling=2),
    "long codes": dict(quality=100, subsampling=0, optimize=True),
    "restarts": dict(quality=60, subsampling=1, restart_marker_blocks=3),
    "progressive 4:4:4": dict(quality=100, subsampling=0, progressive=True),
    "progressive 4:2:0": dict(quality=80, subsampling=2, progressive=True),
    "progressive, long runs": dict(quality=5, subsampling=2, progressive=True),
    "progressive restarts": dict(quality=90, subsampling=2, progressive=True, restart_marker_rows=1),
    "progressive grey": dict(quality=92, progressive=True),
}


def picture(width, height, grey):
    image = Image.new("RGB", (width, height))
    image.putdata([((x * x + 3 * y) % 256, (7 * x + y * y // 5) % 256, (x * y // 9) % 256) for y in range(height) for x in range(width)])
    return image.convert("L") if grey else image


def file(name, options):
    out = io.BytesIO()
    picture(67, 65, "grey" in name).save(out, "JPEG", **options)
    return base64.b64encode(out.getvalue()).decode()


with open("scans.json", "w") as f:
    json.dump({name: file(name, options) for name, options in CASES.items()}, f, indent=0)
    f.write("\n")
