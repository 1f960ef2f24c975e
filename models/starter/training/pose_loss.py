"""Losses of the pose network: cross-entropy along x, along y and over the coarse map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pose_network import (CELL, FINE_CELL, FINE_POINTS, HEIGHT, SIGMA, WIDTH,
                          PoseNetwork)

# The exported peaks are read from bins of half a pixel, whose argmax / 2 lies on average a
# quarter of a pixel right of the peak it stands for; the target is moved by as much to the left.
READOUT_SHIFT = 0.25
MAP_SIGMA = 0.6


def soft_bins(position: Tensor, bins: int, sigma: float) -> Tensor:
    """Gaussian labels [rows, bins] that sum to one."""
    distance = torch.arange(bins, device=position.device) - position[:, None]
    label = torch.exp(-distance.square() / (2 * sigma * sigma))
    return label / label.sum(-1, keepdim=True).clamp_min(1e-6)


def cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    return -(label * logits.log_softmax(-1)).sum(-1)


def map_label(points: Tensor, cell: int) -> Tensor:
    """Gaussian labels [rows, cells] over a map of such cells."""
    place = (points + 0.5) / cell - 0.5
    x = soft_bins(place[:, 0], WIDTH // cell, MAP_SIGMA)
    y = soft_bins(place[:, 1], HEIGHT // cell, MAP_SIGMA)
    return (y[:, :, None] * x[:, None, :]).flatten(1)


def pose_loss(network: PoseNetwork, maps: tuple[Tensor, Tensor | None], batch: dict[str, Tensor],
              map_weight: float) -> tuple[Tensor, dict[str, Tensor]]:
    coarse, fine = maps
    total = batch["weight"].sum().clamp_min(1e-6)
    line = over_map = torch.zeros((), device=coarse.device)

    def add(level: Tensor, read: nn.Module, cell: int, part: slice, lines: bool) -> None:
        nonlocal line, over_map
        weight = batch["weight"][:, part].flatten()
        points = batch["points"][:, part].flatten(0, 1) - READOUT_SHIFT
        level = level[:, part].float().flatten(0, 1)
        if weight.device.type == "cpu":
            # Most face and hand rows carry no label: dropping them first saves two thirds of the
            # time. A GPU would wait for their number; it has the time for all.
            rows = weight.nonzero().squeeze(1)
            weight, points, level = weight[rows], points[rows], level.index_select(0, rows)
        if lines:
            logits_x, logits_y = read(level)
            along_x = cross_entropy(logits_x, soft_bins(points[:, 0], WIDTH, SIGMA))
            along_y = cross_entropy(logits_y, soft_bins(points[:, 1], HEIGHT, SIGMA))
            line = line + ((along_x + along_y) * weight).sum() / total
        if map_weight > 0:
            over = cross_entropy(level.flatten(1), map_label(points, cell))
            over_map = over_map + (over * weight).sum() / total

    if fine is None:
        add(coarse, network.read, CELL, slice(None), True)
    else:
        add(fine, network.fine.read, FINE_CELL, slice(FINE_POINTS), True)
        # The coarse map of these points is where the fine one starts from.
        add(coarse, network.read, CELL, slice(FINE_POINTS), False)
        add(coarse, network.read, CELL, slice(FINE_POINTS, None), True)
    return line + map_weight * over_map, {"line": line.detach(), "map": over_map.detach()}
