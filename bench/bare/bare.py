#!/usr/bin/env python3
"""The bare runtime: decode, resize and run the exported model in ONNX Runtime, with nothing around it, on one thread.

usage: bare.py MODEL.onnx FOLDER

It speaks the protocol of bench/internal/contest: a first line tells what the first picture is; then, for each line
with a number of seconds, it works through the folder's pictures for so long and answers with its figures.
"""
import json
import os
import resource
import sys
import time

import numpy
import onnxruntime
import simplejpeg
from PIL import Image


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Bare:
    def __init__(self, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.side = self.input.shape[-1]
        (card,) = self.session.get_modelmeta().custom_metadata_map.values()
        self.labels = json.loads(card)["labels"]

    def decode(self, file):
        # libjpeg-turbo, divided by the largest of 1, 2, 4 and 8 that still fills the input: the quickest that Python has.
        height, width, _, _ = simplejpeg.decode_jpeg_header(file)
        factor = max(f for f in (1, 2, 4, 8) if f == 1 or min(height, width) >= f * self.side)
        return simplejpeg.decode_jpeg(file, "RGB", min_height=height // factor, min_width=width // factor)

    def resize(self, pixels):
        small = Image.fromarray(pixels).resize((self.side, self.side), Image.Resampling.BILINEAR)
        return numpy.asarray(small, numpy.float32).transpose(2, 0, 1)[None].copy()

    def run(self, tensor):
        return self.session.run(None, {self.input.name: tensor})[0][0]

    def work(self, files, seconds):
        parts, n = [0.0, 0.0, 0.0], 0
        began, began_cpu = time.perf_counter(), cpu()
        now = began
        while now - began < seconds:
            value = files[n % len(files)]
            for i, step in enumerate((self.decode, self.resize, self.run)):
                value = step(value)
                then, now = now, time.perf_counter()
                parts[i] += now - then
            n += 1
        return {"pictures": n, "seconds": now - began, "cpu": cpu() - began_cpu,
                "decode": parts[0], "resize": parts[1], "network": parts[2]}


def main():
    model, folder = sys.argv[1:]
    files = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]
    bare = Bare(model)
    scores = bare.run(bare.resize(bare.decode(files[0])))
    best = int(scores.argmax())
    print(json.dumps({"label": bare.labels[best], "score": float(scores[best])}), flush=True)
    for line in sys.stdin:
        print(json.dumps(bare.work(files, float(line))), flush=True)


if __name__ == "__main__":
    main()
