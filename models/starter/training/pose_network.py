"""The 133-point pose network: one logit map per point, read out along x and along y."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from network_blocks import Backbone, Block, pointwise, upsample2

POINTS = 133
WIDTH, HEIGHT = 192, 256
CELL, FINE_CELL = 8, 4
# Body and feet come first; only they are read from the fine map where there is one.
FINE_POINTS = 23
# The model window in bins of one pixel; the targets' spread is given in the same unit.
SIGMA = 2.5


@dataclass(frozen=True)
class PoseShape:
    """Channels and blocks of the four stages, channels of the neck at strides 16 and 8, and of the
    fine map (0: none). The defaults are those of the files before 0.5.0, which do not say it."""

    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: tuple[int, ...] = (2, 3, 6, 3)
    neck: tuple[int, int] = (128, 96)
    fine: int = 0


def quadratic_readout(cells: int, bins: int) -> Tensor:
    """Three-point Lagrange weights [bins, cells]: the exact read-out of a Gaussian's logarithm."""
    position = (torch.arange(bins) + 0.5) * cells / bins - 0.5
    centre = position.round().clamp(1, cells - 2).long()
    t = position - centre
    weights = torch.zeros(bins, cells)
    rows = torch.arange(bins)
    weights[rows, centre - 1] = t * (t - 1) / 2
    weights[rows, centre] = 1 - t * t
    weights[rows, centre + 1] = t * (t + 1) / 2
    return weights


class Readout(nn.Module):
    """Bin logits of both axes from logit maps of one cell size."""

    def __init__(self, cell: int) -> None:
        super().__init__()
        self.x = nn.Linear(WIDTH // cell, WIDTH, bias=False)
        self.y = nn.Linear(HEIGHT // cell, HEIGHT, bias=False)
        with torch.no_grad():
            self.x.weight.copy_(quadratic_readout(WIDTH // cell, WIDTH))
            self.y.weight.copy_(quadratic_readout(HEIGHT // cell, HEIGHT))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """[..., 192] and [..., 256] of maps [..., rows, columns]."""
        return self.x(maps.logsumexp(-2)), self.y(maps.logsumexp(-1))


class FineMap(nn.Module):
    """A correction to the coarse maps of body and feet at 64 x 48 cells; at first it changes nothing."""

    def __init__(self, shape: PoseShape) -> None:
        super().__init__()
        width = shape.fine
        self.top = pointwise(shape.neck[1], width)
        self.lateral = pointwise(shape.widths[0], width)
        self.fuse = Block(width, 5)
        self.points = nn.Conv2d(width, FINE_POINTS, 1)
        nn.init.zeros_(self.points.weight)
        nn.init.zeros_(self.points.bias)
        self.read = Readout(FINE_CELL)

    def forward(self, stride4: Tensor, neck: Tensor, coarse: Tensor) -> Tensor:
        x = torch.relu(self.lateral(stride4) + upsample2(self.top(neck)))
        start = nn.functional.interpolate(coarse[:, :FINE_POINTS], scale_factor=2.0,
                                          mode="bilinear", align_corners=False)
        return start + self.points(self.fuse(x))


class PoseNetwork(nn.Module):
    def __init__(self, shape: PoseShape = PoseShape()) -> None:
        super().__init__()
        self.shape = shape
        widths, (neck16, neck8) = shape.widths, shape.neck
        self.backbone = Backbone(widths, shape.blocks, (3, 3, 5, 5))
        self.lateral32 = pointwise(widths[3], neck16)
        self.lateral16 = pointwise(widths[2], neck16)
        self.fuse16 = Block(neck16, 5)
        self.top16 = pointwise(neck16, neck8)
        self.lateral8 = pointwise(widths[1], neck8)
        self.fuse8 = Block(neck8, 5)
        self.points = nn.Conv2d(neck8, POINTS, 1)
        nn.init.normal_(self.points.weight, std=0.01)
        nn.init.zeros_(self.points.bias)
        self.read = Readout(CELL)
        self.fine = FineMap(shape) if shape.fine else None

    def maps(self, image: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logit maps of normalised RGB pictures: [N, 133, 32, 24], and [N, 23, 64, 48] or None."""
        stride4, stride8, stride16, stride32 = self.backbone.levels(image)
        x = torch.relu(self.lateral16(stride16) + upsample2(self.lateral32(stride32)))
        x = self.fuse16(x)
        x = self.fuse8(torch.relu(self.lateral8(stride8) + upsample2(self.top16(x))))
        coarse = self.points(x)
        return coarse, None if self.fine is None else self.fine(stride4, x, coarse)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Bin logits [N, 133, 192] and [N, 133, 256]."""
        coarse, fine = self.maps(image)
        if fine is None:
            return self.read(coarse.float())
        body = self.fine.read(fine.float())
        rest = self.read(coarse[:, FINE_POINTS:].float())
        return torch.cat([body[0], rest[0]], 1), torch.cat([body[1], rest[1]], 1)


MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


def normalise(pictures: Tensor) -> Tensor:
    """uint8 RGB [N, H, W, 3] to float [N, 3, H, W]; the permuted view is already channels-last.

    Mean and deviation are repeated along the row: broadcasting three values over the innermost
    axis takes four times as long.
    """
    count, height, width, _ = pictures.shape
    factor = 1 / torch.tensor(STD * width, device=pictures.device)
    offset = -torch.tensor(MEAN * width, device=pictures.device) * factor
    rows = torch.addcmul(offset, pictures.reshape(-1, width * 3).float(), factor)
    return rows.view(count, height, width, 3).permute(0, 3, 1, 2)
