#!/usr/bin/env python3
"""PyTorch trains the tail of EfficientNet-Lite0 from cached maps of stride 16 on made-up data.

usage: rival.py LITE0.onnx LAYOUT BATCH THREADS step|gradients

LAYOUT is channels_last or nchw. With "gradients" a turn goes forward and back, with "step" AdamW follows. The pointwise
weights and all biases but those of depthwise convolutions are trained; batch normalisation is folded, as in the file.
It speaks the protocol of bench/internal/contest: the first answer is the loss and the norm of the gradient.
"""
import json
import resource
import sys
import time

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

LABELS = 10


def wave(shape, pace):
    n = torch.Size(shape).numel()
    return torch.sin(pace * torch.arange(1, n + 1, dtype=torch.float64)).float().reshape(shape)


class Tail(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer}
        self.blocks = []
        for i in range(11, 16):
            block = {}
            for part in ("expand", "depthwise", "project"):
                block[part] = [self.keep(constants, f"_blocks.{i}._{part}_conv.{kind}") for kind in ("weight", "bias")]
            self.blocks.append(block)
        self.head = [self.keep(constants, f"_conv_head.{kind}") for kind in ("weight", "bias")]
        self.last = [wave((LABELS, 1280), 0.37) / 16, torch.zeros(LABELS)]
        self.last = [self.keep({"last" + str(i): t for i, t in enumerate(self.last)}, "last" + str(i)) for i in range(2)]

    def keep(self, constants, name):
        p = torch.nn.Parameter(constants[name], requires_grad="depthwise" not in name)
        self.register_parameter(name.replace(".", "/"), p)
        return p

    def forward(self, x):
        for i, b in enumerate(self.blocks):
            y = F.relu6(F.conv2d(x, *b["expand"]))
            weight, bias = b["depthwise"]
            side = weight.shape[-1]
            if i == 0:  # TensorFlow's padding at stride 2: the odd row and column come last
                y = F.conv2d(F.pad(y, (1, 2, 1, 2)), weight, bias, stride=2, groups=len(weight))
            else:
                y = F.conv2d(y, weight, bias, padding=side // 2, groups=len(weight))
            y = F.conv2d(F.relu6(y), *b["project"])
            x = x + y if x.shape == y.shape else y
        return F.linear(F.relu6(F.conv2d(x, *self.head)).mean((2, 3)), *self.last)


def main(path, layout, batch, threads, mode):
    torch.set_num_threads(int(threads))
    batch = int(batch)
    form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    tail = Tail(path).to(memory_format=form)
    maps = wave((batch, 112, 14, 14), 0.7).contiguous(memory_format=form)
    truth = torch.arange(batch) % LABELS
    trained = [p for p in tail.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-6, fused=True)

    def gradients():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(tail(maps), truth, label_smoothing=0.05)
        loss.backward()
        return loss.item()

    loss = gradients()
    norm = torch.cat([p.grad.flatten().double() for p in trained]).norm().item()
    print(json.dumps({"label": f"{norm:.4g}", "score": loss}), flush=True)
    for line in sys.stdin:
        limit, pictures = float(line), 0
        used = resource.getrusage(resource.RUSAGE_SELF)
        start, cpu, seconds = time.perf_counter(), used.ru_utime + used.ru_stime, 0.0
        while seconds < limit:
            gradients()
            if mode == "step":
                optimizer.step()
            pictures += batch
            seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = used.ru_utime + used.ru_stime - cpu
        print(json.dumps({"pictures": pictures, "seconds": seconds, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
