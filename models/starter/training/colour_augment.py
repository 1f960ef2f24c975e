"""Colour changes that both trainers apply to a uint8 RGB picture."""

from __future__ import annotations

import cv2
import numpy as np


def change_colours(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and channel gains folded into one table per channel, then grey."""
    level = np.arange(256, dtype=np.float32)
    table = np.repeat(level[:, None], 3, 1)
    if rng.random() < 0.7:
        contrast = rng.uniform(0.7, 1.3)
        table = (table - 128) * contrast + 128 + rng.uniform(-25, 25)
    if rng.random() < 0.4:
        table = table * rng.uniform(0.8, 1.2, 3).astype(np.float32)
    table = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    picture = cv2.LUT(picture, table[None])
    if rng.random() < 0.15:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return picture
