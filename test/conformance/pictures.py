"""Pictures that a model tells apart at a glance, and the manifest lines that label them."""

import json
import random
import struct
import zlib

SIDES = 128, 96
LABELS = ("striped", "plain")


def png(label, seed, sides=SIDES):
    """A PNG file: stripes, or one colour that fades, each with some noise."""
    width, height = sides
    rng = random.Random(f"{label} {seed}")
    colour = [rng.randrange(60, 200) for _ in range(3)]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # the filter of the row: none
        light = 90 * (y // 8 % 2) - 45 if label == "striped" else 40 * y // height - 20
        for _ in range(width):
            rows += bytes(max(0, min(255, c + light + rng.randrange(-9, 10))) for c in colour)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def line(bucket, key, *labels):
    """A manifest line with labels for the whole picture; without any, an unlabelled one."""
    members = {"source-ref": f"s3://{bucket}/{key}"}
    for i, label in enumerate(labels):
        members[f"part-{i}"] = 1
        members[f"part-{i}-metadata"] = {
            "class-name": label,
            "confidence": 1,
            "type": "groundtruth/image-classification",
            "job-name": "inspection",
            "human-annotated": "yes",
            "creation-date": "2024-05-06T07:08:09.101112",
        }
    return json.dumps(members)


def manifest(lines):
    return "".join(text + "\n" for text in lines).encode()
