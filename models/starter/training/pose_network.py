"""The 133-point pose network: one logit map per point, read out along x and along y."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from network_blocks import Backbone, Block, pointwise, upsample2

POINTS = 133
WIDTH, HEIGHT = 192, 256
CELL = 8
# The model window in bins of one pixel; the targets' spread is given in the same unit.
SIGMA = 2.5


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


class PoseNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone((32, 64, 128, 256), (2, 3, 6, 3), (3, 3, 5, 5))
        self.lateral32 = pointwise(256, 128)
        self.lateral16 = pointwise(128, 128)
        self.fuse16 = Block(128, 5)
        self.top16 = pointwise(128, 96)
        self.lateral8 = pointwise(64, 96)
        self.fuse8 = Block(96, 5)
        self.points = nn.Conv2d(96, POINTS, 1)
        nn.init.normal_(self.points.weight, std=0.01)
        nn.init.zeros_(self.points.bias)
        self.read_x = nn.Linear(WIDTH // CELL, WIDTH, bias=False)
        self.read_y = nn.Linear(HEIGHT // CELL, HEIGHT, bias=False)
        with torch.no_grad():
            self.read_x.weight.copy_(quadratic_readout(WIDTH // CELL, WIDTH))
            self.read_y.weight.copy_(quadratic_readout(HEIGHT // CELL, HEIGHT))

    def maps(self, image: Tensor) -> Tensor:
        """Logit maps [N, 133, 32, 24] of normalised RGB pictures."""
        stride8, stride16, stride32 = self.backbone(image)
        x = torch.relu(self.lateral16(stride16) + upsample2(self.lateral32(stride32)))
        x = self.fuse16(x)
        x = torch.relu(self.lateral8(stride8) + upsample2(self.top16(x)))
        return self.points(self.fuse8(x))

    def bins(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Bin logits [..., 192] and [..., 256] of maps [..., 32, 24]."""
        return self.read_x(maps.logsumexp(-2)), self.read_y(maps.logsumexp(-1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return self.bins(self.maps(image).float())


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
