"""From raw peaks to confidences: how often a point with this peak is right.

A logistic curve over the peak's logarithm is fitted per group of points on the `val` rows and
stored as a table of knots, so that the service only has to interpolate.
"""

from __future__ import annotations

import numpy as np

from keypoints import FACE, FEET

POINT_GROUPS: dict[str, list[int]] = {
    "head": [0, 1, 2, 3, 4],
    "trunk": [5, 6, 11, 12],
    "arms": [7, 8, 9, 10],
    "legs": [13, 14, 15, 16],
    "feet": list(FEET),
    "face": list(FACE),
    "hands": list(range(91, 133)),
}
KNOTS = (0.0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
FLOOR = 1e-3
# Of these groups a point that is more likely wrong than right is not shown at all: sixty guessed
# face or finger points disturb more than none.
HIDDEN_WHEN_UNSURE = ("feet", "face", "hands")
UNSURE = 0.35


def fit_logistic(peaks: np.ndarray, right: np.ndarray, rounds: int = 50) -> tuple[float, float]:
    """Slope and offset over log(peak); lightly drawn towards "mostly wrong" where data is thin."""
    x = np.log(np.maximum(peaks, FLOOR))
    features = np.stack([x, np.ones_like(x)], 1)
    w = np.array([1.5, 1.0])
    prior, strength = w.copy(), np.array([2.0, 0.5])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-features @ w))
        gradient = features.T @ (p - right) + strength * (w - prior)
        curvature = (features * (p * (1 - p))[:, None]).T @ features + np.diag(strength)
        change = np.linalg.solve(curvature, gradient)
        w = w - np.clip(change, -1, 1)
        if np.abs(change).max() < 1e-6:
            break
    # A falling curve would call better peaks worse; a flat one says "the peak tells nothing".
    return max(float(w[0]), 0.0), float(w[1])


def knots(slope: float, offset: float, hidden_below: float = 0.0) -> list[list[float]]:
    value = 1 / (1 + np.exp(-(slope * np.log(np.maximum(KNOTS, FLOOR)) + offset)))
    value[0] = 0.0
    value[value < hidden_below] = 0.0
    return [[raw, round(float(v), 4)] for raw, v in zip(KNOTS, value)]


def fit(peaks: np.ndarray, right: np.ndarray, counted: np.ndarray) -> dict:
    """All arrays [persons, 133]; `counted` says which points have a known truth."""
    groups = []
    for name, points in POINT_GROUPS.items():
        mask = counted[:, points]
        slope, offset = fit_logistic(peaks[:, points][mask], right[:, points][mask].astype(float))
        hidden_below = UNSURE if name in HIDDEN_WHEN_UNSURE else 0.0
        groups.append({"name": name, "points": points, "samples": int(mask.sum()),
                       "knots": knots(slope, offset, hidden_below)})
    return {"kind": "piecewise-linear", "groups": groups}


def apply(calibration: dict, peaks: np.ndarray) -> np.ndarray:
    confidence = np.zeros_like(peaks, dtype=float)
    for group in calibration["groups"]:
        raw, value = np.array(group["knots"]).T
        confidence[..., group["points"]] = np.interp(peaks[..., group["points"]], raw, value)
    return confidence


def reliability(confidence: np.ndarray, right: np.ndarray, counted: np.ndarray) -> list[dict]:
    """Per band of confidence: how many points, their mean confidence, the share that is right."""
    rows = []
    edges = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0001])
    for low, high in zip(edges[:-1], edges[1:]):
        band = counted & (confidence >= low) & (confidence < high)
        if band.any():
            rows.append({"from": float(low), "points": int(band.sum()),
                         "confidence": round(float(confidence[band].mean()), 3),
                         "right": round(float(right[band].mean()), 3)})
    return rows
