"""Figures shared by the trainers and the evaluation: OKS of a person, recall of boxes."""

from __future__ import annotations

import numpy as np

from keypoints import SIGMAS, similarity

# Persons count from this many labelled points and this box area on, as in the project's tests.
LEAST_POINTS = 5
LEAST_BOX_AREA = 32 * 32
AREA_SHARE = 0.53
_BODY_SIGMAS = SIGMAS[:17]


def person_oks(found: np.ndarray, truth: np.ndarray, labelled: np.ndarray, area: float) -> float:
    terms = similarity(found[:17], truth[:17], np.float64(area), _BODY_SIGMAS)
    return float(terms[labelled[:17]].mean())


def shares(oks: np.ndarray) -> dict[str, float]:
    return {"oks": float(oks.mean()), "over50": float((oks > 0.5).mean()),
            "over75": float((oks > 0.75).mean())}


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inter = (high - low).clip(0).prod(-1)
    area_a = (a[:, 2:4] - a[:, :2]).prod(-1)
    area_b = (b[:, 2:4] - b[:, :2]).prod(-1)
    return inter / (area_a[:, None] + area_b - inter).clip(1e-9)


def suppress(boxes: np.ndarray, scores: np.ndarray, lowest: float, overlap: float = 0.5,
             most: int = 100) -> np.ndarray:
    """Rows kept by non-maximum suppression, best first."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > lowest]
    kept: list[int] = []
    while len(order) and len(kept) < most:
        best, order = order[0], order[1:]
        kept.append(int(best))
        order = order[iou_matrix(boxes[best:best + 1], boxes[order])[0] <= overlap]
    return np.array(kept, np.int64)


def average_precision(found: list[np.ndarray], people: list[np.ndarray],
                      ignored: list[np.ndarray]) -> float:
    """AP at IoU 0.5; `found` rows are x0, y0, x1, y1, score; boxes on ignored areas are free."""
    scores, hits = [], []
    for rows, truth, skip in zip(found, people, ignored):
        taken = np.zeros(len(truth), bool)
        for row in rows[np.argsort(-rows[:, 4], kind="stable")]:
            hit = False
            if len(truth):
                overlap = np.where(taken, -1, iou_matrix(row[None], truth)[0])
                best = int(overlap.argmax())
                hit = bool(overlap[best] >= 0.5)
            if hit:
                taken[best] = True
            elif len(skip) and _covered(row, skip):
                continue
            scores.append(row[4])
            hits.append(hit)
    total = sum(len(truth) for truth in people)
    if not scores or not total:
        return 0.0
    hit = np.array(hits)[np.argsort(-np.array(scores), kind="stable")]
    recall = hit.cumsum() / total
    precision = np.maximum.accumulate((hit.cumsum() / np.arange(1, len(hit) + 1))[::-1])[::-1]
    return float(np.diff(np.concatenate([[0], recall])) @ precision)


def _covered(box: np.ndarray, areas: np.ndarray) -> bool:
    low = np.maximum(box[:2], areas[:, :2])
    high = np.minimum(box[2:4], areas[:, 2:4])
    inter = (high - low).clip(0).prod(-1)
    return bool((inter.max() / max(1e-9, (box[2:4] - box[:2]).prod())) > 0.5)


def recall(found: list[np.ndarray], people: list[np.ndarray], threshold: float) -> float:
    """Share of the people whom any box over the threshold reaches with IoU 0.5."""
    hits = total = 0
    for rows, truth in zip(found, people):
        rows = rows[rows[:, 4] > threshold]
        total += len(truth)
        if len(rows) and len(truth):
            hits += int((iou_matrix(rows, truth).max(0) >= 0.5).sum())
    return hits / max(1, total)
