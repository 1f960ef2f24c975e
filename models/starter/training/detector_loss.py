"""Which cells are taught which person, and the detector's losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from detector_network import DetectorNetwork
from detector_samples import IGNORE, PERSON

# Longer side of the boxes that each level is responsible for; overlapping on purpose.
LEVEL_RANGE = {8: (0, 72), 16: (48, 170), 32: (120, 1e9)}
TOP_CELLS = 10
IGNORED_OVERLAP = 0.4


def pair_iou(a: Tensor, b: Tensor) -> Tensor:
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = (high - low).clamp_min(0).prod(-1)
    area_a = (a[:, 2:] - a[:, :2]).prod(-1)
    area_b = (b[:, 2:] - b[:, :2]).prod(-1)
    return inter / (area_a[:, None] + area_b - inter).clamp_min(1e-6)


def generalised_iou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Row-wise IoU and GIoU."""
    inter = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])) \
        .clamp_min(0).prod(-1)
    union = (a[:, 2:] - a[:, :2]).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1) - inter
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1)
    iou = inter / union.clamp_min(1e-6)
    return iou, iou - (hull - union) / hull.clamp_min(1e-6)


def inside(centres: Tensor, boxes: Tensor, margin: Tensor | float = 0.0) -> Tensor:
    """[boxes, cells]: is the cell's centre inside the box grown by the margin?"""
    x, y = centres[:, 0], centres[:, 1]
    return ((x > boxes[:, 0:1] - margin) & (x < boxes[:, 2:3] + margin)
            & (y > boxes[:, 1:2] - margin) & (y < boxes[:, 3:4] + margin))


def by_position(people: Tensor, centres: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Fixed rule: level by size, cells within 1.5 strides of the middle; the smaller box wins.

    Returns the person of each cell (-1: none) and a target factor of one.
    """
    middle = (people[:, :2] + people[:, 2:]) / 2
    size = people[:, 2:] - people[:, :2]
    longer = size.amax(1)
    low = torch.zeros_like(strides)
    high = torch.zeros_like(strides)
    for stride, (start, end) in LEVEL_RANGE.items():
        low[strides == stride] = start
        high[strides == stride] = end
    level = (longer[:, None] >= low) & (longer[:, None] <= high)
    offset = (centres[None] - middle[:, None]).abs()
    reach = torch.minimum(size[:, None] / 2, 1.5 * strides[None, :, None])
    reach = torch.maximum(reach, 0.5 * strides[None, :, None])
    chosen = level & (offset <= reach).all(-1)
    area = torch.where(chosen, size.prod(1)[:, None], torch.inf)
    smallest, person = area.min(0)
    return torch.where(smallest.isfinite(), person, -1), torch.ones_like(strides)


def by_alignment(people: Tensor, centres: Tensor, strides: Tensor, boxes: Tensor, score: Tensor
                 ) -> tuple[Tensor, Tensor, Tensor]:
    """The cells that already answer best for a person are taught it.

    Measure = score^0.5 x IoU^6 among the cells inside the box; the ten best are positive. Their
    target falls with the measure, so that one cell per person wins and duplicates fade.
    """
    overlap = pair_iou(people, boxes)
    size = people[:, 2:] - people[:, :2]
    # A person narrower than a cell may contain no cell centre at all.
    margin = (0.75 * strides[None] - size.amin(1)[:, None] / 2).clamp_min(0)
    margin = torch.where(strides[None] == 8, margin, torch.zeros_like(margin))
    measure = score.clamp_min(1e-6).sqrt() * overlap.pow(6) * inside(centres, people, margin)
    top = measure.topk(TOP_CELLS, dim=1)
    chosen = torch.zeros_like(measure, dtype=torch.bool)
    chosen.scatter_(1, top.indices, top.values > 1e-12)
    best, person = torch.where(chosen, overlap, -1.0).max(0)
    person = torch.where(best >= 0, person, -1)
    own = torch.zeros_like(measure, dtype=torch.bool)
    cells = (person >= 0).nonzero().squeeze(1)
    own[person[cells], cells] = True
    kept = torch.where(own, measure, torch.zeros_like(measure))
    most = kept.amax(1).clamp_min(1e-12)
    best_overlap = torch.where(own, overlap, torch.zeros_like(overlap)).amax(1)
    target = torch.zeros_like(strides)
    owner = person[cells]
    target[cells] = measure[owner, cells] / most[owner] * best_overlap[owner]
    return person, target


def detector_loss(network: DetectorNetwork, raw: Tensor, labels: Tensor, assignment: str
                  ) -> tuple[Tensor, dict[str, Tensor]]:
    logits = raw[..., 0].float()
    boxes = network.boxes(raw.float())
    centres, strides = network.centres, network.strides
    target = torch.zeros_like(logits)
    weight_negative = torch.ones_like(logits)
    positive = torch.zeros_like(logits, dtype=torch.bool)
    truth = torch.zeros_like(boxes)
    with torch.no_grad():
        scores = logits.sigmoid()
        for n, rows in enumerate(labels):
            people = rows[rows[:, 4] == PERSON, :4]
            ignored = rows[rows[:, 4] == IGNORE, :4]
            if len(ignored):
                # Only a cell that proposes about this very box is excused: excusing all cells
                # inside would leave half of some pictures untaught.
                excused = pair_iou(ignored, boxes[n]).amax(0) > IGNORED_OVERLAP
                weight_negative[n][excused] = 0
            if not len(people):
                continue
            if assignment == "alignment":
                person, factor = by_alignment(people, centres, strides, boxes[n], scores[n])
            else:
                person, factor = by_position(people, centres, strides)
            cells = person >= 0
            positive[n] = cells
            truth[n][cells] = people[person[cells]]
            target[n][cells] = factor[cells]
    iou, giou = generalised_iou(boxes[positive], truth[positive])
    if assignment != "alignment":
        # Plain IoU as the target, without the recipe pilot's floor of one half: a badly placed
        # box must not score high.
        target[positive] = iou.detach().clamp(0, 1)
    goal = target[positive]
    if assignment == "alignment":
        box_weight, total = goal, goal.sum()
    else:
        box_weight, total = torch.ones_like(goal), torch.tensor(float(len(goal)))
    total = total.clamp_min(1.0)
    binary = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = torch.where(positive, 1.0, 0.75 * scores.square() * weight_negative)
    score_loss = (binary * weight).sum() / total
    box_loss = ((1 - giou) * box_weight).sum() / total
    parts = {"score": score_loss.detach(), "box": box_loss.detach(),
             "positives": torch.tensor(len(goal) / len(labels))}
    return score_loss + 2 * box_loss, parts
