"""Losses and their gradients from PyTorch, on data from formulas that the Go test knows too.

    python golden.py > golden.json      (torch 2.15)
"""
import json

import torch
import torch.nn.functional as F

ROWS, LABELS = 6, 4
out = {}


def wave(shape, pace, size, middle):
    n = torch.Size(shape).numel()
    return (middle + size * torch.sin(pace * torch.arange(1, n + 1, dtype=torch.float64))).float().reshape(shape)


def note(name, x, loss):
    x = x.double().requires_grad_()
    value = loss(x)
    value.backward()
    out[name] = {"Loss": value.item(), "Gradient": x.grad.flatten().tolist()}


truth = torch.arange(ROWS) % LABELS
one_hot = F.one_hot(truth, LABELS).double()
known = wave((ROWS, LABELS), 1.1, 0.5, 0.5).double()
note("softmax", wave((ROWS, LABELS), 0.7, 3, 0), lambda x: F.cross_entropy(x, truth))
weights = torch.tensor([1, 0.5, 2, 3]).double()
note("smoothed", wave((ROWS, LABELS), 0.7, 3, 0), lambda x: F.cross_entropy(x, truth, weights, label_smoothing=0.1))
note("sigmoid", wave((ROWS, LABELS), 0.7, 30, 0), lambda x: (
    F.binary_cross_entropy_with_logits(x, one_hot, known, reduction="sum") / known.sum()))

x, y = torch.meshgrid(torch.arange(5) - 2, torch.arange(5) - 1, indexing="xy")
heat = torch.exp(-(x * x + y * y).double() / 2).expand(1, 2, 5, 5)


def focal(z):
    p = torch.sigmoid(z)
    hit = -((1 - p) ** 2) * F.logsigmoid(z) * (heat == 1)
    alarm = -((1 - heat) ** 4) * p**2 * F.logsigmoid(-z) * (heat < 1)
    return (hit + alarm).sum() / (heat == 1).sum()


note("focal", wave((1, 2, 5, 5), 0.7, 4, -1), focal)

distances = wave((ROWS, 4), 0.4, 2, 3).double()
counts = wave((ROWS, 1), 1, 1, 1).double()


def corners(d):
    return torch.stack([-d[:, 0], -d[:, 1], d[:, 2], d[:, 3]], 1)


def giou(a, b):  # as in torchvision.ops.generalized_box_iou_loss, from corners
    area = lambda box: (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    common = (torch.min(a[:, 2], b[:, 2]) - torch.max(a[:, 0], b[:, 0])) * (torch.min(a[:, 3], b[:, 3]) - torch.max(a[:, 1], b[:, 1]))
    union = area(a) + area(b) - common
    around = (torch.max(a[:, 2], b[:, 2]) - torch.min(a[:, 0], b[:, 0])) * (torch.max(a[:, 3], b[:, 3]) - torch.min(a[:, 1], b[:, 1]))
    return common / union - (around - union) / around


note("giou", wave((ROWS, 4), 0.7, 2, 3), lambda d: (
    (1 - giou(corners(d), corners(distances))) * counts[:, 0]).sum() / counts.sum())
note("l1", wave((ROWS, 4), 0.7, 2, 3), lambda d: ((d - distances).abs() * counts).sum() / (4 * counts.sum()))
print(json.dumps(out))
