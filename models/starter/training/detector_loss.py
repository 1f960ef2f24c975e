"""Which cells are taught which person, and the detector's losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from detector_network import STRIDES, DetectorNetwork
from detector_samples import IGNORE, PERSON

# Longer side of the boxes that each level is responsible for; overlapping on purpose.
LEVEL_RANGE = {8: (0, 72), 16: (48, 170), 32: (120, 1e9)}
TOP_CELLS = 10
IGNORED_OVERLAP = 0.4


def pair_iou(a: Tensor, b: Tensor) -> Tensor:
    """[..., n, m] of boxes [..., n, 4] and [..., m, 4]."""
    low = torch.maximum(a[..., :, None, :2], b[..., None, :, :2])
    high = torch.minimum(a[..., :, None, 2:], b[..., None, :, 2:])
    inter = (high - low).clamp_min(0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).prod(-1)
    return inter / (area_a[..., :, None] + area_b[..., None, :] - inter).clamp_min(1e-6)


def generalised_iou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Box by box: IoU and GIoU."""
    inter = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])) \
        .clamp_min(0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).prod(-1)
    area_b = (b[..., 2:] - b[..., :2]).prod(-1)
    union = (area_a + area_b - inter).clamp_min(1e-6)
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])) \
        .prod(-1).clamp_min(1e-6)
    iou = inter / union
    return iou, iou - (hull - union) / hull


def inside(centres: Tensor, boxes: Tensor, margin: Tensor) -> Tensor:
    """[pictures, boxes, cells]: is the cell's centre inside the box grown by the margin?"""
    x, y = centres[:, 0], centres[:, 1]
    left, top, right, bottom = boxes[..., None].unbind(2)
    return ((x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin))


def by_position(people: Tensor, known: Tensor, centres: Tensor, strides: Tensor
                ) -> tuple[Tensor, Tensor]:
    """Fixed rule: level by size, cells within 1.5 strides of the middle; the smaller box wins.

    People [pictures, n, 4], of which `known` [pictures, n] are some. Returns the person of each
    cell (-1: none) and a target factor of one, both [pictures, cells].
    """
    middle = (people[..., :2] + people[..., 2:]) / 2
    size = people[..., 2:] - people[..., :2]
    longer = size.amax(-1)
    low = torch.zeros_like(strides)
    high = torch.zeros_like(strides)
    for stride, (start, end) in LEVEL_RANGE.items():
        low[strides == stride] = start
        high[strides == stride] = end
    level = (longer[..., None] >= low) & (longer[..., None] <= high) & known[..., None]
    offset = (centres - middle[..., None, :]).abs()
    reach = torch.minimum(size[..., None, :] / 2, 1.5 * strides[:, None])
    reach = torch.maximum(reach, 0.5 * strides[:, None])
    chosen = level & (offset <= reach).all(-1)
    area = torch.where(chosen, size.prod(-1)[..., None], torch.inf)
    smallest, person = area.min(1)
    return torch.where(smallest.isfinite(), person, -1), torch.ones_like(smallest)


def by_alignment(people: Tensor, known: Tensor, centres: Tensor, strides: Tensor, overlap: Tensor,
                 score: Tensor) -> tuple[Tensor, Tensor]:
    """The cells that already answer best for a person are taught it.

    Measure = score^0.5 x IoU^6 among the cells inside the box; the ten best are positive. Their
    target falls with the measure, so that one cell per person wins and duplicates fade.
    `overlap` [pictures, n, cells] is the IoU of people and proposals; returns as `by_position`.
    """
    size = people[..., 2:] - people[..., :2]
    # A person narrower than a cell may contain no cell centre at all.
    margin = (0.75 * strides - size.amin(-1)[..., None] / 2).clamp_min(0) * (strides == STRIDES[0])
    reached = inside(centres, people, margin) & known[..., None]
    measure = score.clamp_min(1e-6).sqrt()[:, None] * overlap.pow(6) * reached
    top = measure.topk(TOP_CELLS, dim=2)
    chosen = torch.zeros_like(reached)
    chosen.scatter_(2, top.indices, top.values > 1e-12)
    best, person = torch.where(chosen, overlap, -1.0).max(1)
    person = torch.where(best >= 0, person, -1)
    own = torch.arange(people.shape[1], device=people.device)[:, None] == person[:, None]
    most = (measure * own).amax(2).clamp_min(1e-12)
    best_overlap = (overlap * own).amax(2)
    owner = person.clamp_min(0)
    target = (measure.gather(1, owner[:, None])[:, 0] / most.gather(1, owner)
              * best_overlap.gather(1, owner))
    return person, target * (person >= 0)


def detector_loss(network: DetectorNetwork, raw: Tensor, labels: Tensor, assignment: str
                  ) -> tuple[Tensor, dict[str, Tensor]]:
    """Labels [pictures, n, 5], padded with rows of no kind. All pictures at once and without a
    wait for their contents: on a GPU the loops over pictures took most of a step."""
    logits = raw[..., 0].float()
    boxes = network.boxes(raw.float())
    people, kind = labels[..., :4], labels[..., 4]
    known = kind == PERSON
    with torch.no_grad():
        scores = logits.sigmoid()
        overlap = pair_iou(people, boxes)
        # Only a cell that proposes about this very box is excused: excusing all cells inside
        # would leave half of some pictures untaught.
        excused = (overlap * (kind == IGNORE)[..., None]).amax(1) > IGNORED_OVERLAP
        if assignment == "alignment":
            person, target = by_alignment(people, known, network.centres, network.strides, overlap,
                                          scores)
        else:
            person, target = by_position(people, known, network.centres, network.strides)
        positive = person >= 0
        truth = people.gather(1, person.clamp_min(0)[..., None].expand(-1, -1, 4))
    iou, giou = generalised_iou(boxes, truth)
    if assignment == "alignment":
        box_weight = target
    else:
        # Plain IoU as the target, without the recipe pilot's floor of one half: a badly placed
        # box must not score high.
        target = iou.detach().clamp(0, 1) * positive
        box_weight = positive.float()
    total = box_weight.sum().clamp_min(1.0)
    binary = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = torch.where(positive, 1.0, 0.75 * scores.square() * ~excused)
    score_loss = (binary * weight).sum() / total
    box_loss = ((1 - giou) * box_weight).sum() / total
    parts = {"score": score_loss.detach(), "box": box_loss.detach(),
             "positives": positive.sum() / len(labels)}
    return score_loss + 2 * box_loss, parts
