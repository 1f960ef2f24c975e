"""Losses of the pose network: cross-entropy along x, along y and over the coarse map."""

from __future__ import annotations

import torch
from torch import Tensor

from pose_network import CELL, HEIGHT, SIGMA, WIDTH, PoseNetwork

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


def pose_loss(network: PoseNetwork, maps: Tensor, batch: dict[str, Tensor],
              map_weight: float) -> tuple[Tensor, dict[str, Tensor]]:
    weight = batch["weight"].flatten()
    # Most face and hand rows carry no label: dropping them first saves two thirds of the time.
    rows = weight.nonzero().squeeze(1)
    weight = weight[rows]
    points = batch["points"].flatten(0, 1)[rows] - READOUT_SHIFT
    maps = maps.float().flatten(0, 1).index_select(0, rows)
    logits_x, logits_y = network.bins(maps)
    along_x = cross_entropy(logits_x, soft_bins(points[:, 0], WIDTH, SIGMA))
    along_y = cross_entropy(logits_y, soft_bins(points[:, 1], HEIGHT, SIGMA))
    total = weight.sum().clamp_min(1e-6)
    loss = ((along_x + along_y) * weight).sum() / total
    parts = {"line": loss.detach()}
    if map_weight > 0:
        cells = (points + 0.5) / CELL - 0.5
        cell_x = soft_bins(cells[:, 0], WIDTH // CELL, MAP_SIGMA)
        cell_y = soft_bins(cells[:, 1], HEIGHT // CELL, MAP_SIGMA)
        label = cell_y[:, :, None] * cell_x[:, None, :]
        over_map = (cross_entropy(maps.flatten(1), label.flatten(1)) * weight).sum() / total
        parts["map"] = over_map.detach()
        loss = loss + map_weight * over_map
    return loss, parts
