"""Detector samples: pictures warped onto the square input, single or four as a mosaic."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from colour_augment import change_colours
from detector_network import PAD, SIZE
from picture_faults import few_pixels
from sample_store import Source

PERSON, IGNORE = 1, 0
# Under this share of its area left in the picture a person is dropped, or only ignored.
DROP_BELOW, IGNORE_BELOW = 0.15, 0.35
SMALLEST_SIDE = 5


@dataclass
class DetectorSample:
    """RGB picture [SIZE, SIZE, 3] and boxes [n, 5] = x0, y0, x1, y1, kind."""

    picture: np.ndarray
    boxes: np.ndarray


def picture_boxes(source: Source, i: int) -> np.ndarray:
    row = source.rows[i]
    start, end = source.labels["box_start"][row:row + 2]
    return source.labels["boxes"][start:end].astype(np.float32)


def move_boxes(boxes: np.ndarray, matrix: np.ndarray, frame: tuple[float, float, float, float]
               ) -> np.ndarray:
    """Boxes under an axis-parallel matrix, clipped to the frame, with the cut ones marked."""
    if len(boxes) == 0:
        return boxes
    corners = boxes[:, :4].reshape(-1, 2, 2) * np.diag(matrix[:, :2]) + matrix[:, 2]
    corners = np.concatenate([corners.min(1), corners.max(1)], 1)
    clipped = corners.copy()
    clipped[:, 0::2] = clipped[:, 0::2].clip(frame[0], frame[2])
    clipped[:, 1::2] = clipped[:, 1::2].clip(frame[1], frame[3])
    size, size_left = corners[:, 2:] - corners[:, :2], clipped[:, 2:] - clipped[:, :2]
    share = size_left.prod(1) / size.prod(1).clip(1e-6)
    kind = boxes[:, 4].copy()
    kind[(share < IGNORE_BELOW) | (size_left.min(1) < SMALLEST_SIDE)] = IGNORE
    keep = (share >= DROP_BELOW) & (size_left.min(1) > 1)
    return np.concatenate([clipped, kind[:, None]], 1)[keep].astype(np.float32)


def placement(scale: np.ndarray, offset: np.ndarray, mirror: bool, width: int) -> np.ndarray:
    """2x3 matrix: scale per axis, mirrored within the picture's own width, then moved."""
    sign = -1.0 if mirror else 1.0
    start = offset[0] + (width * scale[0] if mirror else 0.0)
    return np.array([[sign * scale[0], 0, start], [0, scale[1], offset[1]]])


def warp(picture: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    # Averaging first: bilinear sampling alone would alias when a picture becomes much smaller.
    shrink = abs(matrix[0, 0])
    if shrink < 0.6:
        half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        exact = np.array([picture.shape[1] / half.shape[1], picture.shape[0] / half.shape[0]])
        matrix = np.concatenate([matrix[:, :2] * exact, matrix[:, 2:]], 1)
        picture = half
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR,
                          borderValue=(PAD, PAD, PAD))


def nothing(rng: np.random.Generator) -> np.ndarray:
    """A picture of nothing at all: one colour, noise of any grain, a gradient or stripes."""
    low, high = np.sort(rng.integers(0, 256, (2, 3)), 0)
    kind = rng.integers(4)
    if kind == 0:
        return np.full((SIZE, SIZE, 3), low, np.uint8)
    if kind == 1:
        cells = int(np.exp(rng.uniform(np.log(4), np.log(SIZE))))
        noise = rng.uniform(low, high + 1, (cells, cells, 3)).astype(np.uint8)
        smooth = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
        return cv2.resize(noise, (SIZE, SIZE), interpolation=smooth)
    line = np.linspace(0, 1, SIZE)
    if kind == 3:
        line = line * rng.uniform(2, 40) % 1 < rng.uniform(0.2, 0.8)
    share = np.broadcast_to(line[:, None, None], (SIZE, SIZE, 1))
    picture = (low + share * (high - low)).astype(np.uint8)
    return picture.transpose(1, 0, 2).copy() if rng.random() < 0.5 else picture


class DetectorAugmentation:
    def __init__(self, mosaic: float, coarse: float = 0.0, nothing: float = 0.0):
        """Shares of samples: four pictures as a `mosaic`; `coarse` ones of few pixels; pictures of
        `nothing`."""
        self.mosaic, self.coarse, self.nothing = mosaic, coarse, nothing

    def plain(self, source: Source, i: int) -> DetectorSample:
        """The picture as the service letterboxes it: top left on grey, nothing changed."""
        picture = source.picture(i)
        scale = SIZE / max(picture.shape[:2])
        matrix = placement(np.array([scale, scale]), np.zeros(2), False, picture.shape[1])
        boxes = move_boxes(picture_boxes(source, i), matrix, (0, 0, SIZE, SIZE))
        if scale != 1.0:
            size = (int(picture.shape[1] * scale), int(picture.shape[0] * scale))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
        canvas = np.full((SIZE, SIZE, 3), PAD, np.uint8)
        canvas[:picture.shape[0], :picture.shape[1]] = picture
        return DetectorSample(canvas, boxes)

    def __call__(self, pick, rng: np.random.Generator) -> DetectorSample:
        """`pick(k)` gives the (source, row) of this sample (0) and of its mosaic partners."""
        if self.nothing > 0 and rng.random() < self.nothing:
            return DetectorSample(nothing(rng), np.zeros((0, 5), np.float32))
        if rng.random() < self.mosaic:
            sample = self.four(pick, rng)
        else:
            sample = self.single(*pick(0), rng)
        picture = change_colours(sample.picture, rng)
        if rng.random() < self.coarse:
            picture = few_pixels(picture, np.exp(rng.uniform(np.log(0.4), 0)), rng)
        return DetectorSample(picture, sample.boxes)

    @staticmethod
    def random_scale(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
        return np.exp(rng.uniform(low, high) + rng.normal(0, 0.08, 2))

    def single(self, source: Source, i: int, rng: np.random.Generator) -> DetectorSample:
        picture = source.picture(i)
        size = np.array([picture.shape[1], picture.shape[0]])
        scale = self.random_scale(rng, -1.1, 0.55) * SIZE / size.max()
        room = SIZE - size * scale
        offset = rng.uniform(np.minimum(room, 0), np.maximum(room, 0))
        matrix = placement(scale, offset, bool(rng.random() < 0.5), picture.shape[1])
        return DetectorSample(warp(picture, matrix, SIZE, SIZE),
                              move_boxes(picture_boxes(source, i), matrix, (0, 0, SIZE, SIZE)))

    def four(self, pick, rng: np.random.Generator) -> DetectorSample:
        canvas = np.full((SIZE, SIZE, 3), PAD, np.uint8)
        middle_x, middle_y = rng.integers(SIZE * 3 // 10, SIZE * 7 // 10, 2)
        boxes = []
        for k in range(4):
            left, top = k % 2 == 0, k < 2
            x0, x1 = (0, middle_x) if left else (middle_x, SIZE)
            y0, y1 = (0, middle_y) if top else (middle_y, SIZE)
            source, i = pick(k)
            picture = source.picture(i)
            size = np.array([picture.shape[1], picture.shape[0]])
            scale = self.random_scale(rng, -1.1, 0.2) * SIZE / size.max()
            room = np.array([x1 - x0, y1 - y0]) - size * scale
            offset = rng.uniform(np.minimum(room, 0), np.maximum(room, 0))
            matrix = placement(scale, offset, bool(rng.random() < 0.5), picture.shape[1])
            canvas[y0:y1, x0:x1] = warp(picture, matrix, int(x1 - x0), int(y1 - y0))
            matrix[:, 2] += (x0, y0)
            boxes.append(move_boxes(picture_boxes(source, i), matrix, (x0, y0, x1, y1)))
        return DetectorSample(canvas, np.concatenate(boxes))


def stack(samples: list[DetectorSample]) -> dict[str, np.ndarray]:
    """Pictures become BGR, as the detector's contract wants them; boxes are padded with -1."""
    most = max(1, max(len(sample.boxes) for sample in samples))
    boxes = np.full((len(samples), most, 5), -1, np.float32)
    for row, sample in zip(boxes, samples):
        row[:len(sample.boxes)] = sample.boxes
    pictures = np.stack([sample.picture[:, :, ::-1] for sample in samples])
    return {"picture": pictures, "boxes": boxes}
