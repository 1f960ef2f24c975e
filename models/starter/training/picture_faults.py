"""What photos of everyday size suffer from: few pixels, and the traces of JPEG."""

from __future__ import annotations

import cv2
import numpy as np

SHRINK = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
GROW = (cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def few_pixels(picture: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """As if the picture had had only this share of its width and height; nothing moves."""
    height, width = picture.shape[:2]
    size = (max(8, round(width * share)), max(8, round(height * share)))
    small = cv2.resize(picture, size, interpolation=int(rng.choice(SHRINK)))
    if rng.random() < 0.5:
        small = jpeg(small, int(rng.integers(35, 95)))
    return cv2.resize(small, (width, height), interpolation=int(rng.choice(GROW)))


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    # The order of the channels decides what is kept of a colour; RGB is close enough.
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
