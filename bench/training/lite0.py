"""EfficientNet-Lite0 (Liu 2020) in PyTorch, with batch normalisation, named as in the published weights."""
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

# Of each group of blocks: how many, side of the kernel, stride of the first, expansion, channels.
GROUPS = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
EMBEDDING = 1280


def norm(channels: int) -> nn.BatchNorm2d:
    # Epsilon is that of the weights. The momentum is PyTorch's: the 0.01 of the first training would leave the running
    # means at ImageNet's in so short a one.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


class Convolution(nn.Conv2d):
    """Padded as TensorFlow does it: at stride 2 the odd row and column come last. For maps of even sides."""

    def __init__(self, into: int, out: int, side: int, stride: int = 1, groups: int = 1):
        super().__init__(into, out, side, stride, padding=side // 2 if stride == 1 else 0, groups=groups, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.stride[0] == 2:
            before = (self.kernel_size[0] - 2) // 2
            after = self.kernel_size[0] - 2 - before
            x = F.pad(x, (before, after, before, after))
        return super().forward(x)


class Block(nn.Module):
    """Inverted residual: widen, convolve each channel by itself, narrow."""

    def __init__(self, into: int, out: int, side: int, stride: int, expansion: int):
        super().__init__()
        wide = into * expansion
        self.widens, self.residual = expansion > 1, stride == 1 and into == out
        if self.widens:
            self._expand_conv, self._bn0 = Convolution(into, wide, 1), norm(wide)
        self._depthwise_conv, self._bn1 = Convolution(wide, wide, side, stride, groups=wide), norm(wide)
        self._project_conv, self._bn2 = Convolution(wide, out, 1), norm(out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Lite0(nn.Module):
    """From pictures [N, 3, 224, 224], (value-127)/128, to logits [N, labels]."""

    def __init__(self, labels: int, dropout: float = 0.2):
        super().__init__()
        self._conv_stem, self._bn0 = Convolution(3, 32, 3, stride=2), norm(32)
        blocks, channels = [], 32
        for count, side, stride, expansion, out in GROUPS:
            for i in range(count):
                blocks.append(Block(channels, out, side, stride if i == 0 else 1, expansion))
                channels = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = Convolution(channels, EMBEDDING, 1), norm(EMBEDDING)
        self._fc = nn.Linear(EMBEDDING, labels)
        self.dropout = nn.Dropout(dropout)

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._fc(self.dropout(self.embed(x)))


def pretrained(weights: pathlib.Path, labels: int) -> Lite0:
    """The published network with a new last layer."""
    state = torch.load(weights, map_location="cpu", weights_only=True)
    network = Lite0(labels)
    fresh = network._fc.state_dict()
    network.load_state_dict(state | {"_fc." + name: value for name, value in fresh.items()})
    return network.to(memory_format=torch.channels_last)
