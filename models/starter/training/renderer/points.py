"""Order of the 133 points and what belongs to the left and right side."""

import numpy as np

COUNT = 133
BODY = range(0, 17)
FEET = range(17, 23)
FACE = range(23, 91)
LEFT_HAND = range(91, 112)
RIGHT_HAND = range(112, 133)

NOSE, LEFT_EYE, RIGHT_EYE, LEFT_EAR, RIGHT_EAR = range(5)
BODY_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_big_toe", "left_small_toe", "left_heel",
    "right_big_toe", "right_small_toe", "right_heel",
)
INDEX = {name: i for i, name in enumerate(BODY_NAMES)}

# The head points of the body group; a hidden one is never worth a guess.
HEAD = range(0, 5)

# Same layout for contact sheets and for the tests' drawn limbs.
LINKS = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6),
    (5, 7), (6, 8), (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4),
    (15, 17), (15, 18), (15, 19), (16, 20), (16, 21), (16, 22),
)


def _mirror_face():
    """300-W numbering: mirrored partner of each of the 68 face points."""
    order = list(range(16, -1, -1)) + list(range(26, 16, -1)) + [27, 28, 29, 30]
    order += [35, 34, 33, 32, 31]
    order += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55]
    order += [64, 63, 62, 61, 60, 67, 66, 65]
    return [i + 23 for i in order]


def mirror_indices():
    """Permutation that exchanges the left and right points."""
    order = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
    order += [20, 21, 22, 17, 18, 19]
    order += _mirror_face()
    order += list(RIGHT_HAND) + list(LEFT_HAND)
    return np.array(order)
