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


def giou(a, b):  # as in torchvision.ops.generalized_box_iou_loss
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    length = lambda low, high: (high - low).clamp(min=0)
    common = length(torch.max(a[0], b[0]), torch.min(a[2], b[2])) * length(torch.max(a[1], b[1]), torch.min(a[3], b[3]))
    union = area(a) + area(b) - common
    around = (torch.max(a[2], b[2]) - torch.min(a[0], b[0])) * (torch.max(a[3], b[3]) - torch.min(a[1], b[1]))
    return common / union, common / union - (around - union) / around


def box(pace, middle):  # left, top, right, bottom of ROWS boxes
    low = wave((2, ROWS), pace, 2, middle).double()
    return torch.cat([low, low + wave((2, ROWS), pace + 0.3, 1, 1.5).double()])


truth_boxes, counts = box(0.4, 3), wave((ROWS,), 1, 1, 1).double()
note("overlap", box(0.7, 3.5), lambda x: ((1 - giou(x, truth_boxes)[0]) * counts).sum() / counts.sum())
note("generalized overlap", box(0.7, 3.5), lambda x: ((1 - giou(x, truth_boxes)[1]) * counts).sum() / counts.sum())

targets, objects = one_hot * known, one_hot.sum()
note("quality", wave((ROWS, LABELS), 0.7, 4, -1), lambda x: (  # as quality_focal_loss in mmdetection
    F.binary_cross_entropy_with_logits(x, targets, reduction="none") * (targets - x.sigmoid()) ** 2 * known).sum() / objects)
print(json.dumps(out))
