"""The 133 whole-body points: groups, left/right exchange, COCO-WholeBody tolerances."""

from __future__ import annotations

import numpy as np

BODY = range(0, 17)
FEET = range(17, 23)
FACE = range(23, 91)
LEFT_HAND = range(91, 112)
RIGHT_HAND = range(112, 133)

GROUPS = {"body": BODY, "feet": FEET, "face": FACE, "hands": range(91, 133)}

UPPER_BODY = [*range(0, 11), *FACE, *LEFT_HAND, *RIGHT_HAND]
LOWER_BODY = [*range(11, 17), *FEET]
# Elbow, wrist and hand.
ARMS = ([7, 9, *LEFT_HAND], [8, 10, *RIGHT_HAND])

_BODY_FLIP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
_FEET_FLIP = [20, 21, 22, 17, 18, 19]
_FACE_FLIP = [
    *range(39, 22, -1),
    *range(49, 39, -1),
    50, 51, 52, 53, 58, 57, 56, 55, 54,
    68, 67, 66, 65, 70, 69, 62, 61, 60, 59, 64, 63,
    *range(77, 70, -1), *range(82, 77, -1), 87, 86, 85, 84, 83, 90, 89, 88,
]
FLIP = np.array([*_BODY_FLIP, *_FEET_FLIP, *_FACE_FLIP, *RIGHT_HAND, *LEFT_HAND])

_HAND_SIGMAS = [
    .029, .022, .035, .037, .047, .026, .025, .024, .035, .018, .024, .022, .026, .017, .021, .021,
    .032, .020, .019, .022, .031,
]
SIGMAS = np.array([
    .026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089,
    .089,
    .068, .066, .066, .092, .094, .094,
    .042, .043, .044, .043, .040, .035, .031, .025, .020, .023, .029, .032, .037, .038, .043, .041,
    .045, .013, .012, .011, .011, .012, .012, .011, .011, .013, .015, .009, .007, .007, .007, .012,
    .009, .008, .016, .010, .017, .011, .009, .011, .009, .007, .013, .008, .011, .012, .010, .034,
    .008, .008, .009, .008, .008, .007, .010, .008, .009, .009, .009, .007, .007, .008, .011, .008,
    .008, .008, .010, .008,
    *_HAND_SIGMAS, *_HAND_SIGMAS,
])


def similarity(found: np.ndarray, truth: np.ndarray, area: np.ndarray,
               sigmas: np.ndarray = SIGMAS) -> np.ndarray:
    """Per-point OKS term [..., points]; `area` is the person's area in the points' unit squared."""
    square = ((found - truth) ** 2).sum(-1)
    return np.exp(-square / (2 * np.asarray(area)[..., None] * (2 * sigmas) ** 2))
