"""PyTorch's AdamW, clipping by norm and one-cycle schedule on a small problem.

    python golden.py > golden.json      (torch 2.15)
"""
import json
import math

import torch

weights = torch.tensor([math.cos(i) for i in range(6)], dtype=torch.float32)
first, second = weights[:4].clone().requires_grad_(), weights[4:].clone().requires_grad_()
groups = [{"params": [first], "lr": 1.0, "weight_decay": 0.1}, {"params": [second], "lr": 1.0, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [0.05, 0.25], total_steps=20, cycle_momentum=False)
out = {"Weights": [], "Rates": []}
for step in range(20):
    out["Rates"].append(optimizer.param_groups[0]["lr"])
    both = torch.cat([first, second]).detach()
    pull = both + torch.tensor([math.sin(step * 7 + i) for i in range(6)], dtype=torch.float32)
    first.grad, second.grad = pull[:4].clone(), pull[4:].clone()
    torch.nn.utils.clip_grad_norm_([first, second], 1.5)
    optimizer.step()
    out["Weights"].append(torch.cat([first, second]).tolist())
    schedule.step()
print(json.dumps(out))
