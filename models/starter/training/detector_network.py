"""The person detector: anchor-free, three levels, one score and four distances per cell."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from network_blocks import Backbone, Block, pointwise, separable, upsample2

# Of the square input, in training and in the exported file.
SIZE = 416
STRIDES = (8, 16, 32)
PAD = 114


def cell_centres(size: int = SIZE) -> tuple[Tensor, Tensor]:
    """Centres [cells, 2] in pixels and the stride [cells] of every cell, level after level."""
    centres, strides = [], []
    for stride in STRIDES:
        count = size // stride
        line = (torch.arange(count) + 0.5) * stride
        y, x = torch.meshgrid(line, line, indexing="ij")
        centres.append(torch.stack([x, y], -1).reshape(-1, 2))
        strides.append(torch.full((count * count,), float(stride)))
    return torch.cat(centres), torch.cat(strides)


def mirrored_cells(size: int = SIZE) -> Tensor:
    """Which cell of a picture's mirror image lies where each cell does."""
    cells, start = [], 0
    for stride in STRIDES:
        count = size // stride
        cells.append(start + torch.arange(count * count).view(count, count).flip(1).flatten())
        start += count * count
    return torch.cat(cells)


# The left distance of a mirror image is the right one of the picture.
MIRRORED_COLUMNS = (0, 3, 2, 1, 4)


@dataclass(frozen=True)
class DetectorShape:
    """Channels and blocks of the four stages, channels of the neck. The defaults are those of the
    files before 0.5.0, which do not say it."""

    widths: tuple[int, ...] = (24, 48, 96, 192)
    blocks: tuple[int, ...] = (1, 2, 4, 2)
    neck: int = 64


class Head(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.block = Block(width, 5)
        self.mix = nn.Sequential(*pointwise(width, width), nn.ReLU(inplace=True))
        self.out = nn.Conv2d(width, 5, 1)
        nn.init.normal_(self.out.weight, std=0.01)
        with torch.no_grad():
            # A low first score keeps the 2,000 empty cells from drowning the few full ones.
            self.out.bias.copy_(torch.tensor([-4.0, 0.7, 0.7, 0.7, 0.7]))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.mix(self.block(x))).flatten(2).transpose(1, 2)


class DetectorNetwork(nn.Module):
    def __init__(self, shape: DetectorShape = DetectorShape(), size: int = SIZE) -> None:
        super().__init__()
        self.shape = shape
        widths, neck = shape.widths, shape.neck
        self.backbone = Backbone(widths, shape.blocks, (3, 3, 5, 5))
        self.laterals = nn.ModuleList(pointwise(width, neck) for width in widths[1:])
        self.top_down = nn.ModuleList(Block(neck, 5) for _ in range(2))
        self.downs = nn.ModuleList(separable(neck, neck, 3, 2) for _ in range(2))
        self.bottom_up = nn.ModuleList(Block(neck, 5) for _ in range(2))
        self.heads = nn.ModuleList(Head(neck) for _ in STRIDES)
        self.register_buffer("centres", None, persistent=False)
        self.register_buffer("strides", None, persistent=False)
        self.resize(size)

    def resize(self, size: int) -> None:
        """For square inputs of another size: only the cells' places depend on it."""
        self.centres, self.strides = cell_centres(size)

    def raw(self, image: Tensor) -> Tensor:
        """[N, cells, 5]: score logit and logarithmic distances l, t, r, b in strides."""
        level8, level16, level32 = (
            lateral(x) for lateral, x in zip(self.laterals, self.backbone(image)))
        level32 = torch.relu(level32)
        level16 = self.top_down[0](torch.relu(level16 + upsample2(level32)))
        level8 = self.top_down[1](torch.relu(level8 + upsample2(level16)))
        level16 = self.bottom_up[0](level16 + self.downs[0](level8))
        level32 = self.bottom_up[1](level32 + self.downs[1](level16))
        return torch.cat([head(x) for head, x in zip(self.heads, (level8, level16, level32))], 1)

    def boxes(self, raw: Tensor) -> Tensor:
        distances = raw[..., 1:].clamp(-4, 4).exp() * self.strides[:, None]
        return torch.cat([self.centres - distances[..., :2], self.centres + distances[..., 2:]], -1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes [N, cells, 4] in pixels and score logits [N, cells]."""
        raw = self.raw(image).float()
        return self.boxes(raw), raw[..., 0]


def normalise(pictures: Tensor) -> Tensor:
    """uint8 BGR [N, H, W, 3] to float [N, 3, H, W], centred on the padding grey."""
    return pictures.float().sub_(PAD).div_(58).permute(0, 3, 1, 2)
