"""Pose samples: one affine warp of a crop to the network's window, and the points with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from colour_augment import change_colours
from keypoints import ARMS, FLIP, GROUPS, LOWER_BODY, UPPER_BODY
from pose_network import HEIGHT, POINTS, WIDTH
from sample_store import Source

# The model window is the box grown by 1.25 and lies centred in a crop grown by 1.5.
CROP_WIDTH, CROP_HEIGHT = 168, 224
WINDOW_WIDTH = CROP_WIDTH * 1.25 / 1.5


@dataclass
class PoseSample:
    picture: np.ndarray
    points: np.ndarray
    weight: np.ndarray


def crop_points(source: Source, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Points [133, 2] in crop pixels and label weights [133] in 0..1."""
    row = source.rows[i]
    points = source.labels["xy"][row].astype(np.float32) / 32
    return points, source.labels["weight"][row].astype(np.float32) / 255


def window_matrix(centre: np.ndarray, window_width: float, degrees: float = 0.0,
                  mirror: bool = False) -> np.ndarray:
    """2x3 matrix that brings the window around `centre` of a crop to WIDTH x HEIGHT."""
    scale = WIDTH / window_width
    radians = np.deg2rad(degrees)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    if mirror:
        turn = turn @ np.diag([-1.0, 1.0])
    matrix = scale * turn
    offset = np.array([WIDTH / 2, HEIGHT / 2]) - matrix @ centre
    return np.concatenate([matrix, offset[:, None]], 1)


def move_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def inside_window(points: np.ndarray) -> np.ndarray:
    return ((points >= -0.5) & (points <= (WIDTH - 0.5, HEIGHT - 0.5))).all(-1)


class PoseAugmentation:
    def __init__(self, group_factors: dict[str, float], half_body: float = 0.12, arm: float = 0.0):
        """`half_body`, `arm`: shares of samples whose window is centred on such a part."""
        self.half_body, self.arm = half_body, arm
        self.factors = np.zeros(POINTS, np.float32)
        for name, points in GROUPS.items():
            self.factors[list(points)] = group_factors[name]

    def plain(self, source: Source, i: int) -> PoseSample:
        """The window as the service cuts it, without any change."""
        points, weight = crop_points(source, i)
        matrix = window_matrix(np.array([CROP_WIDTH / 2, CROP_HEIGHT / 2]), WINDOW_WIDTH)
        picture = cv2.warpAffine(source.picture(i), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        return PoseSample(picture, move_points(points, matrix), weight)

    def __call__(self, source: Source, i: int, rng: np.random.Generator) -> PoseSample:
        points, weight = crop_points(source, i)
        matrix, mirrored = self.random_window(points, weight, rng)
        picture = cv2.warpAffine(source.picture(i), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        points = move_points(points, matrix)
        if mirrored:
            points, weight = points[FLIP], weight[FLIP]
        weight = weight * self.factors * inside_window(points)
        return PoseSample(self.disturb(picture, rng), points, weight)

    def random_window(self, points: np.ndarray, weight: np.ndarray,
                      rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        centre = np.array([CROP_WIDTH / 2, CROP_HEIGHT / 2])
        width = WINDOW_WIDTH
        part = None
        if rng.random() < self.half_body:
            part = UPPER_BODY if rng.random() < 0.7 else LOWER_BODY
        elif self.arm > 0 and rng.random() < self.arm:
            part = ARMS[int(rng.random() < 0.5)]
        if part is not None:
            known = points[part][weight[part] > 0.3]
            if len(known) >= 4:
                low, high = known.min(0), known.max(0)
                centre = (low + high) / 2
                extent = np.maximum(high - low, 8)
                width = 1.5 * max(extent[0], extent[1] * WIDTH / HEIGHT)
        width *= np.exp(np.clip(rng.normal(0, 0.16), -0.35, 0.35))
        degrees = np.clip(rng.normal(0, 20), -45, 45) if rng.random() < 0.6 else 0.0
        centre = centre + rng.normal(0, (5, 6)) * (width / WINDOW_WIDTH)
        mirrored = bool(rng.random() < 0.5)
        return window_matrix(centre, width, degrees, mirrored), mirrored

    @staticmethod
    def disturb(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        picture = change_colours(picture, rng)
        if rng.random() < 0.1:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.6))
        if rng.random() < 0.4:
            width, height = rng.integers(20, 81, 2)
            x, y = rng.integers(0, WIDTH - width), rng.integers(0, HEIGHT - height)
            picture[y:y + height, x:x + width] = rng.integers(0, 256, 3)
        return picture


def stack(samples: list[PoseSample]) -> dict[str, np.ndarray]:
    return {
        "picture": np.stack([sample.picture for sample in samples]),
        "points": np.stack([sample.points for sample in samples]),
        "weight": np.stack([sample.weight for sample in samples]).astype(np.float32),
    }
