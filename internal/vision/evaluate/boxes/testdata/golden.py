"""What COCOeval of pycocotools says of made-up boxes.

    python golden.py > golden.json      (pycocotools 2.0.11, numpy 2.4)

Boxes are left, top, width, height in pixels of a 640 x 480 picture, rounded to a tenth, so that they read back as the same.
"""
import contextlib
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

def some_box(rng, least, most, width=640, height=480):
    w, h = np.exp(rng.uniform(np.log(least), np.log(most), 2))
    return [round(float(v), 1) for v in (rng.uniform(0, width - w), rng.uniform(0, height - h), w, h)]


def moved(rng, box, by):
    left, top, w, h = box
    dx, dy = rng.normal(0, by, 2) * (w, h)
    sw, sh = np.exp(rng.normal(0, by, 2))
    return [round(float(v), 1) for v in (left + dx, top + dy, max(1, w * sw), max(1, h * sh))]


def snapped(box, grid):
    return box if grid == 0 else [max(grid * round(v / grid), grid if i > 1 else 0) for i, v in enumerate(box)]


def case(seed, pictures, labels, truth, noise, digits, sizes, empty=0.0, absent=(), silent=(), crowd=0, grid=0):
    """absent labels have no true boxes, silent ones no detections; crowd is the number of detections in picture 0. On a
    grid overlaps are often equal, and often just those that are asked for."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(pictures):
        boxes = [] if rng.random() < empty else [
            [int(rng.integers(labels))] + some_box(rng, *sizes) for _ in range(rng.integers(1, truth + 1))]
        found = []
        for label, *box in boxes:
            for _ in range(rng.choice(4, p=[0.15, 0.5, 0.25, 0.1])):  # missed, found, found twice and more
                said = label if rng.random() < 0.85 else int(rng.integers(labels))
                found.append([said] + moved(rng, box, rng.choice([0.02, 0.08, 0.2])) + [rng.beta(4, 2)])
        for _ in range(rng.integers(0, noise + 1)):
            found.append([int(rng.integers(labels))] + some_box(rng, *sizes) + [rng.beta(2, 4)])
        if i == 0 and crowd:
            boxes += [[0] + some_box(rng, *sizes) for _ in range(20)]
            found += [[0] + moved(rng, boxes[rng.integers(len(boxes))][1:], 0.1) + [rng.random()] for _ in range(crowd)]
        for d in found:
            d[5] = round(float(d[5]), digits)
        boxes = [[b[0]] + snapped(b[1:], grid) for b in boxes]
        found = [[d[0]] + snapped(d[1:5], grid) + [d[5]] for d in found]
        order = rng.permutation(len(found))
        out.append({"truth": [b for b in boxes if b[0] not in absent],
                    "found": [found[j] for j in order if found[j][0] not in silent]})
    return judge(out, labels, rng.uniform(0.2, 0.7, labels).round(2).tolist())


def evaluation(pictures, labels, most):
    truth = [{"image_id": i, "category_id": b[0], "bbox": b[1:], "area": b[3] * b[4], "iscrowd": 0}
             for i, p in enumerate(pictures) for b in p["truth"]]
    for n, t in enumerate(truth):
        t["id"] = n + 1
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(len(pictures))], "annotations": truth,
                    "categories": [{"id": k, "name": str(k)} for k in range(labels)], "info": {}}
    coco.createIndex()
    found = [{"image_id": i, "category_id": d[0], "bbox": d[1:5], "score": d[5]}
             for i, p in enumerate(pictures) for d in p["found"]]
    e = COCOeval(coco, coco.loadRes(found), "bbox")
    e.params.maxDets = [1, 10, most]
    e.evaluate()
    return e


def judge(pictures, labels, thresholds):
    with contextlib.redirect_stdout(sys.stderr):
        e = evaluation(pictures, labels, 100)
        e.accumulate()
        e.summarize()
        whole = evaluation(pictures, labels, 10000)
    counts = [[0, 0, 0] for _ in range(labels)]  # TP, FP, FN at an overlap of 0.5
    for p in pictures:
        for b in p["truth"]:
            counts[b[0]][2] += 1
    for one in whole.evalImgs:
        if one is None or one["aRng"] != whole.params.areaRng[0]:
            continue
        c = counts[one["category_id"]]
        for score, match in zip(one["dtScores"], one["dtMatches"][0]):
            if np.float32(score) >= np.float32(thresholds[one["category_id"]]):
                c[0 if match else 1] += 1
                c[2] -= 1 if match else 0
    return {"labels": labels, "pictures": pictures, "thresholds": thresholds, "counts": counts,
            "stats": e.stats.tolist(),  # -1 where there is nothing of a size
            "precision": e.eval["precision"][:, :, :, 0, 2].mean(1).T.tolist(),  # [label, overlap], -1 without truth
            "recall": e.eval["recall"][:, :, 0, 2].T.tolist()}


print(json.dumps({
    "plain": case(1, 12, 3, 6, 3, 4, (20, 200)),
    "ties": case(2, 12, 3, 6, 3, 1, (20, 200)),
    "overlapping": case(3, 8, 2, 12, 4, 2, (150, 400)),
    "gaps": case(4, 14, 5, 4, 2, 3, (8, 300), empty=0.3, absent=(1,), silent=(3,)),
    "crowded": case(5, 3, 2, 5, 5, 2, (8, 150), crowd=180),
    "grid": case(7, 20, 1, 30, 10, 2, (8, 120), grid=16),
    "of sizes between small and medium": case(8, 6, 1, 20, 3, 2, (26, 38, 70, 70)),
    "large only": case(6, 5, 2, 3, 1, 3, (110, 300)),
}, separators=(",", ":")))
