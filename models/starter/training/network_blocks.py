"""Building blocks and the four-stage backbone that both starter networks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def separable(width_in: int, width_out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width_in, width_in, kernel, stride, kernel // 2, groups=width_in, bias=False),
        nn.BatchNorm2d(width_in),
        nn.Conv2d(width_in, width_out, 1, bias=False),
        nn.BatchNorm2d(width_out),
        nn.ReLU(inplace=True),
    )


def pointwise(width_in: int, width_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width_in, width_out, 1, bias=False), nn.BatchNorm2d(width_out))


class Block(nn.Module):
    def __init__(self, width: int, kernel: int):
        super().__init__()
        self.body = separable(width, width, kernel)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class SqueezeExcite(nn.Module):
    def __init__(self, width: int, ratio: int = 4):
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // ratio, 1)
        self.excite = nn.Conv2d(width // ratio, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True)
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(gate))))
        return x * gate


class Backbone(nn.Module):
    """Stride-4 stem, then four stages; returns the maps of strides 8, 16 and 32 (`levels`: 4 too).

    The stem goes to a quarter of the size at once: on a CPU the layers at half size would
    cost as much as all the rest together.
    """

    def __init__(self, widths: tuple[int, ...], blocks: tuple[int, ...], kernels: tuple[int, ...]):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 6, 4, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        stages = []
        for level, (width, count, kernel) in enumerate(zip(widths, blocks, kernels)):
            layers: list[nn.Module] = []
            if level > 0:
                layers.append(separable(widths[level - 1], width, 3, 2))
            layers += [Block(width, kernel) for _ in range(count)]
            stages.append(nn.Sequential(*layers))
        stages[3].append(SqueezeExcite(widths[3]))
        self.stages = nn.ModuleList(stages)

    def levels(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        stride4 = self.stages[0](self.stem(x))
        stride8 = self.stages[1](stride4)
        stride16 = self.stages[2](stride8)
        return stride4, stride8, stride16, self.stages[3](stride16)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.levels(x)[1:]


def upsample2(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2, mode="nearest")
