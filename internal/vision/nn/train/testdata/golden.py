"""Loss and gradients of a small network of the kind that package train tunes, from PyTorch.

    python golden.py > golden.json      (torch 2.15)

Weights, maps and targets follow from formulas, which the Go test knows too.
"""
import json

import torch
import torch.nn.functional as F

BATCH, LABELS = 16, 5
SHAPES = {  # in the order of the network
    "b1/expand/w": (12, 6, 1, 1), "b1/expand/b": (12,),
    "b1/depth/w": (12, 1, 5, 5), "b1/depth/b": (12,),
    "b1/project/w": (8, 12, 1, 1), "b1/project/b": (8,),
    "b2/expand/w": (16, 8, 1, 1), "b2/expand/b": (16,),
    "b2/depth/w": (16, 1, 3, 3), "b2/depth/b": (16,),
    "b2/project/w": (8, 16, 1, 1), "b2/project/b": (8,),
    "head/w": (12, 8, 1, 1), "head/b": (12,),
    "last/w": (LABELS, 12), "last/b": (LABELS,),
}


def wave(shape, pace, size):
    n = torch.Size(shape).numel()
    return (size * torch.sin(pace * torch.arange(1, n + 1, dtype=torch.float64))).float().reshape(shape)


weights = {}
for i, (name, shape) in enumerate(SHAPES.items()):
    weights[name] = wave(shape, 0.7 + 0.1 * i, 1.5 if name.endswith("/w") else 0.5).requires_grad_()
maps = wave((BATCH, 6, 8, 8), 0.37, 2)
truth = torch.arange(BATCH) % LABELS


def conv(x, name, **options):
    return F.conv2d(x, weights[name + "/w"], weights[name + "/b"], **options)


x = F.relu6(conv(maps, "b1/expand"))
x = F.relu6(conv(F.pad(x, (1, 2, 1, 2)), "b1/depth", stride=2, groups=12))
x = conv(x, "b1/project")
y = F.relu6(conv(x, "b2/expand"))
y = F.relu6(conv(y, "b2/depth", padding=1, groups=16))
x = x + conv(y, "b2/project")
x = F.relu6(conv(x, "head")).mean((2, 3))
logits = F.linear(x, weights["last/w"], weights["last/b"])
loss = F.cross_entropy(logits, truth, torch.tensor([1, 2, 0.5, 1, 3.0]), label_smoothing=0.1)
loss.backward()
print(json.dumps({
    "Loss": loss.item(),
    "Logits": logits.flatten().tolist(),
    "Gradients": {name: w.grad.flatten().tolist() for name, w in weights.items()},
}))
