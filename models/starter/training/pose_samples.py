"""Pose samples: one affine warp of a crop to the network's window, and the points with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from colour_augment import change_colours
from keypoints import ARMS, FLIP, GROUPS, LOWER_BODY, UPPER_BODY
from picture_faults import few_pixels
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


@dataclass
class Window:
    """Where a sample looks: its matrix, and the part of the crop that the picture still holds."""

    matrix: np.ndarray
    mirrored: bool
    frame: tuple[float, float, float, float] | None = None


def box_in_crop(source: Source, i: int) -> np.ndarray:
    """x0, y0, x1, y1 of the person's box in crop pixels."""
    row = source.rows[i]
    x0, y0, x1, y1 = source.labels["box"][row]
    half = np.array([x1 - x0, y1 - y0]) / 2 * float(source.labels["scale"][row])
    centre = np.array([CROP_WIDTH, CROP_HEIGHT]) / 2
    return np.concatenate([centre - half, centre + half])


def cut_off(box: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, tuple]:
    """A person at the picture's edge: what is left of the box, and the picture's end (the frame).

    Mostly the legs are cut off, seldom the head.
    """
    frame = np.array([-np.inf, -np.inf, np.inf, np.inf])
    side = int(rng.choice(4, p=(0.2, 0.08, 0.2, 0.52)))
    axis, share = side % 2, rng.uniform(0.25, 0.75)
    if side == 1:
        share = rng.uniform(0.1, 0.4)
    length = box[2 + axis] - box[axis]
    frame[side] = box[axis] + share * length if side < 2 else box[2 + axis] - share * length
    rest = box.copy()
    rest[side] = frame[side]
    return rest, tuple(frame)


def inside_frame(points: np.ndarray, frame: tuple | None) -> np.ndarray:
    if frame is None:
        return np.ones(len(points), bool)
    return ((points >= frame[:2]) & (points <= frame[2:])).all(-1)


def blackened(picture: np.ndarray, frame: tuple | None) -> np.ndarray:
    """The crop with black where the picture has ended, as the service fills it."""
    if frame is None:
        return picture
    height, width = picture.shape[:2]
    x0, y0 = (int(np.clip(np.ceil(v), 0, m)) for v, m in zip(frame[:2], (width, height)))
    x1, y1 = (int(np.clip(np.floor(v) + 1, 0, m)) if np.isfinite(v) else m
              for v, m in zip(frame[2:], (width, height)))
    result = np.zeros_like(picture)
    result[y0:y1, x0:x1] = picture[y0:y1, x0:x1]
    return result


class PoseAugmentation:
    def __init__(self, group_factors: dict[str, float], half_body: float = 0.12, arm: float = 0.0,
                 cut: float = 0.0, coarse: float = 0.0, covered: float = 0.0):
        """Shares of samples: `half_body`, `arm` with a window centred on such a part, `cut` of
        people at the picture's edge, `coarse` of small people, `covered` by another sample."""
        self.half_body, self.arm = half_body, arm
        self.cut, self.coarse, self.covered = cut, coarse, covered
        self.factors = np.zeros(POINTS, np.float32)
        for name, points in GROUPS.items():
            self.factors[list(points)] = group_factors[name]

    def plain(self, source: Source, i: int) -> PoseSample:
        """The window as the service cuts it, without any change."""
        points, weight = crop_points(source, i)
        matrix = window_matrix(np.array([CROP_WIDTH / 2, CROP_HEIGHT / 2]), WINDOW_WIDTH)
        picture = cv2.warpAffine(source.picture(i), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        return PoseSample(picture, move_points(points, matrix), weight)

    def __call__(self, source: Source, i: int, rng: np.random.Generator,
                 other: np.ndarray | None = None) -> PoseSample:
        """`other` is a crop whose person may stand in this one's way."""
        points, weight = crop_points(source, i)
        if self.cut > 0 and rng.random() < self.cut:
            window = self.cut_window(box_in_crop(source, i), points, weight, rng)
        else:
            window = self.random_window(points, weight, rng)
        weight = weight * inside_frame(points, window.frame)
        picture = cv2.warpAffine(blackened(source.picture(i), window.frame), window.matrix,
                                 (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        points = move_points(points, window.matrix)
        if window.mirrored:
            points, weight = points[FLIP], weight[FLIP]
        weight = weight * self.factors * inside_window(points)
        if other is not None and rng.random() < self.covered:
            picture = stand_in_the_way(picture, other, rng)
        return PoseSample(self.disturb(picture, rng), points, weight)

    def cut_window(self, box: np.ndarray, points: np.ndarray, weight: np.ndarray,
                   rng: np.random.Generator) -> Window:
        rest, frame = cut_off(box, rng)
        body = (weight[:17] > 0.3) & inside_frame(points[:17], frame)
        if body.sum() < 5:
            return self.random_window(points, weight, rng)
        size = rest[2:] - rest[:2]
        width = 1.25 * max(size[0], size[1] * WIDTH / HEIGHT)
        # A picture's edge is never askew.
        return self.shaken((rest[:2] + rest[2:]) / 2, width, 0.0, rng, frame)

    def random_window(self, points: np.ndarray, weight: np.ndarray,
                      rng: np.random.Generator) -> Window:
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
        degrees = np.clip(rng.normal(0, 20), -45, 45) if rng.random() < 0.5 else 0.0
        return self.shaken(centre, width, degrees, rng)

    @staticmethod
    def shaken(centre: np.ndarray, width: float, degrees: float, rng: np.random.Generator,
               frame: tuple | None = None) -> Window:
        """The window as a detector's box would place it."""
        width *= np.exp(np.clip(rng.normal(0, 0.16), -0.35, 0.35))
        centre = centre + rng.normal(0, (5, 6)) * (width / WINDOW_WIDTH)
        mirrored = bool(rng.random() < 0.5)
        return Window(window_matrix(centre, width, degrees, mirrored), mirrored, frame)

    def disturb(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        picture = change_colours(picture, rng)
        if rng.random() < 0.1:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.6))
        if rng.random() < 0.4:
            width, height = rng.integers(20, 81, 2)
            x, y = rng.integers(0, WIDTH - width), rng.integers(0, HEIGHT - height)
            picture[y:y + height, x:x + width] = rng.integers(0, 256, 3)
        if rng.random() < self.coarse:
            # A person of 40 to 180 pixels; in this window they have about 205.
            share = np.exp(rng.uniform(np.log(0.2), np.log(0.9)))
            picture = few_pixels(picture, share, rng)
        return picture


def stand_in_the_way(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator
                     ) -> np.ndarray:
    """A part of another crop, of about the same size, in front of the window's margin.

    The points keep their labels: whoever is hidden by a third is still where he is.
    """
    scale = WIDTH / WINDOW_WIDTH * rng.uniform(0.6, 1.3)
    part = cv2.resize(other, None, fx=scale, fy=scale)
    width = int(rng.uniform(0.2, 0.5) * WIDTH)
    height = int(rng.uniform(0.3, 0.9) * HEIGHT)
    width, height = min(width, part.shape[1]), min(height, part.shape[0])
    x, y = (part.shape[1] - width) // 2, rng.integers(0, part.shape[0] - height + 1)
    part = part[y:y + height, x:x + width]
    # At one of the sides or the lower end, never over the middle.
    to_x = int(rng.choice((-width // 3, WIDTH - width * 2 // 3)))
    to_y = int(rng.integers(0, HEIGHT - height // 2))
    x0, x1 = max(0, to_x), min(WIDTH, to_x + width)
    y1 = min(HEIGHT, to_y + height)
    picture = picture.copy()
    picture[to_y:y1, x0:x1] = part[:y1 - to_y, x0 - to_x:x1 - to_x]
    return picture


def stack(samples: list[PoseSample]) -> dict[str, np.ndarray]:
    return {
        "picture": np.stack([sample.picture for sample in samples]),
        "points": np.stack([sample.points for sample in samples]),
        "weight": np.stack([sample.weight for sample in samples]).astype(np.float32),
    }
