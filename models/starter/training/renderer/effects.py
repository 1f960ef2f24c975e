"""What a camera does to a picture: exposure, blur, noise, compression."""

import cv2
import numpy as np


def photograph(rng, image):
    """Float RGB 0..1 -> uint8 RGB."""
    height, width = image.shape[:2]
    if rng.random() < 0.5:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
        slope = (xs / width - 0.5) * np.cos(angle) + (ys / height - 0.5) * np.sin(angle)
        image = image * (1 + strength * slope)[..., None]
    gain = rng.uniform(0.75, 1.2)
    image = np.clip(image * gain, 0, 1) ** rng.uniform(0.8, 1.2)
    if rng.random() < 0.12:
        image = np.repeat(image.mean(-1, keepdims=True), 3, axis=-1)
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
    if rng.random() < 0.5:
        image = image + rng.normal(0, rng.uniform(0.003, 0.03), image.shape)
    result = np.clip(np.round(image * 255), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(45, 92))
        _, data = cv2.imencode(".jpg", result[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        result = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(result)
