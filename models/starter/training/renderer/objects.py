"""Things that are not people: furniture, plants, cars, animals, poles."""

import cv2
import numpy as np

from .ground import colour, gradient


def _paint(image, polygon, tone, dark=0.7, across=True):
    """A polygon with a soft light-to-dark run over its width or height."""
    polygon = np.asarray(polygon, float)
    low = np.floor(polygon.min(0)).astype(int)
    high = np.ceil(polygon.max(0)).astype(int) + 1
    height, width = image.shape[:2]
    x0, y0 = np.maximum(low, 0)
    x1, y1 = min(high[0], width), min(high[1], height)
    if x0 >= x1 or y0 >= y1:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(mask, [np.round((polygon - [x0, y0]) * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    alpha = (mask.astype(np.float32) / 255)[..., None]
    if across:
        run = (np.arange(x0, x1, dtype=np.float32) - low[0]) / max(1, high[0] - low[0])
        run = run[None, :, None]
    else:
        run = ((np.arange(y0, y1, dtype=np.float32) - low[1]) / max(1, high[1] - low[1]))[:, None, None]
    shaded = np.asarray(tone, np.float32) * (1 - (1 - dark) * run)
    image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - alpha) + shaded * alpha


def _box(image, x, y, w, h, tone, **kw):
    _paint(image, [(x, y), (x + w, y), (x + w, y + h), (x, y + h)], tone, **kw)


def _oval(image, x, y, rx, ry, tone, angle=0.0, **kw):
    points = cv2.ellipse2Poly((0, 0), (1000, 1000), 0, 0, 360, 12).astype(float) / 1000 * [rx, ry]
    c, s = np.cos(angle), np.sin(angle)
    _paint(image, points @ np.array([[c, s], [-s, c]]) + [x, y], tone, **kw)


def draw_cloud(rng, image, horizon):
    height, width = image.shape[:2]
    x, y, r = rng.uniform(0, width), rng.uniform(0, horizon * 0.7), rng.uniform(0.02, 0.07) * width
    for _ in range(6):
        _oval(image, x + rng.normal(0, 1.5 * r), y + rng.normal(0, 0.3 * r), r * rng.uniform(0.7, 1.6), r * 0.6,
              (0.97, 0.97, 0.98), dark=0.95)


def draw_building(rng, image, x, w, horizon):
    h = horizon * rng.uniform(0.35, 1.05)
    tone = colour(rng, (0.05, 0.45), (0.35, 0.9))
    _box(image, x, horizon - h, w, h, tone, dark=rng.uniform(0.75, 0.95))
    nx, ny = rng.integers(2, 7), rng.integers(2, 8)
    glass = colour(rng, (0.05, 0.4), (0.15, 0.8))
    for i in range(nx):
        for j in range(ny):
            _box(image, x + w * (i + 0.25) / nx, horizon - h + h * (j + 0.25) / ny, w * 0.5 / nx, h * 0.5 / ny,
                 glass * rng.uniform(0.7, 1.2), across=False)


def window(rng, image, x, y, s):
    w, h = s * rng.uniform(0.6, 1.1), s
    _box(image, x - w / 2, y - h, w, h, (0.92, 0.92, 0.9), dark=0.9)
    _box(image, x - w * 0.44, y - h * 0.95, w * 0.88, h * 0.9, colour(rng, (0.1, 0.5), (0.6, 1)), across=False)
    _box(image, x - w * 0.02, y - h, w * 0.04, h, (0.88, 0.88, 0.86))


def picture(rng, image, x, y, s):
    w, h = s * rng.uniform(0.5, 1.0), s * rng.uniform(0.4, 0.8)
    _box(image, x - w / 2, y - h, w, h, colour(rng, (0, 0.6), (0.1, 0.7)))
    _box(image, x - w * 0.42, y - h * 0.9, w * 0.84, h * 0.8, colour(rng), across=False, dark=0.4)
    for _ in range(3):
        _oval(image, x + rng.normal(0, 0.15 * w), y - h / 2 + rng.normal(0, 0.15 * h), w * 0.12, h * 0.12, colour(rng))


def door(rng, image, x, y, s):
    tone = colour(rng, (0.05, 0.6), (0.25, 0.9))
    _box(image, x - s * 0.26, y - s * 1.05, s * 0.52, s * 1.05, tone * 0.7)
    _box(image, x - s * 0.22, y - s, s * 0.44, s, tone, dark=0.9)
    _oval(image, x + s * 0.17, y - s * 0.48, s * 0.018, s * 0.018, (0.8, 0.75, 0.5))


def plant(rng, image, x, y, s):
    pot = colour(rng, (0.2, 0.7), (0.3, 0.8))
    _paint(image, [(x - s * 0.14, y - s * 0.28), (x + s * 0.14, y - s * 0.28), (x + s * 0.1, y), (x - s * 0.1, y)], pot, 0.5)
    green = np.array([rng.uniform(0.1, 0.35), rng.uniform(0.35, 0.65), rng.uniform(0.1, 0.3)])
    for _ in range(rng.integers(8, 22)):
        a, r = rng.normal(0, 0.75), s * rng.uniform(0.25, 0.7)
        cx, cy = x + np.sin(a) * r / 2, y - s * 0.28 - np.cos(a) * r / 2
        _oval(image, cx, cy, s * rng.uniform(0.025, 0.06), r / 2, green * rng.uniform(0.6, 1.3), a)


def lamp(rng, image, x, y, s):
    _box(image, x - s * 0.012, y - s, s * 0.024, s, (0.25, 0.24, 0.23))
    _oval(image, x, y, s * 0.12, s * 0.02, (0.2, 0.2, 0.2))
    tone = colour(rng, (0.05, 0.4), (0.7, 1))
    _paint(image, [(x - s * 0.09, y - s * 1.1), (x + s * 0.09, y - s * 1.1), (x + s * 0.16, y - s * 0.85), (x - s * 0.16, y - s * 0.85)], tone, 0.8)


def table(rng, image, x, y, s):
    tone, w = colour(rng, (0.2, 0.6), (0.25, 0.8)), s * rng.uniform(0.5, 1.1)
    for dx in (-0.9, 0.85):
        _box(image, x + dx * w, y - s * 0.45, w * 0.06, s * 0.45, tone * 0.8)
    _paint(image, [(x - w * 0.92, y - s * 0.52), (x + w * 0.92, y - s * 0.52), (x + w, y - s * 0.45), (x - w, y - s * 0.45)], tone, 0.9)
    _box(image, x - w, y - s * 0.45, 2 * w, s * 0.05, tone * 0.75)
    for _ in range(rng.integers(0, 4)):
        bottle(rng, image, x + rng.uniform(-0.8, 0.8) * w, y - s * 0.47, s * 0.2)


def sofa(rng, image, x, y, s):
    tone, w = colour(rng, (0.1, 0.7), (0.2, 0.8)), s * rng.uniform(0.5, 1.0)
    _box(image, x - w, y - s * 0.6, 2 * w, s * 0.5, tone * 0.9, across=False)
    for dx in (-0.82, 0.04):
        _box(image, x + dx * w, y - s * 0.34, w * 0.78, s * 0.18, tone * 1.1, across=False)
    for dx in (-1.08, 0.86):
        _box(image, x + dx * w, y - s * 0.42, w * 0.22, s * 0.36, tone, dark=0.6)
    _box(image, x - w, y - s * 0.12, 2 * w, s * 0.08, tone * 0.6)


def shelf(rng, image, x, y, s):
    tone, w, rows = colour(rng, (0.1, 0.6), (0.25, 0.9)), s * rng.uniform(0.25, 0.5), int(rng.integers(3, 6))
    _box(image, x - w, y - s, 2 * w, s, tone * 0.55)
    for r in range(rows):
        base = y - s * r / rows - s * 0.03
        at = x - w * 0.93
        while at < x + w * 0.85:
            step = w * rng.uniform(0.06, 0.2)
            tall = s / rows * rng.uniform(0.4, 0.82)
            _box(image, at, base - tall, step * 0.9, tall, colour(rng, (0.1, 0.8), (0.2, 0.9)))
            at += step
        _box(image, x - w, base, 2 * w, s * 0.03, tone)


def bottle(rng, image, x, y, s):
    tone = colour(rng, (0.1, 0.9), (0.2, 0.9))
    _box(image, x - s * 0.13, y - s * 0.65, s * 0.26, s * 0.65, tone, dark=0.5)
    _oval(image, x, y - s * 0.65, s * 0.13, s * 0.1, tone, dark=0.5)
    _box(image, x - s * 0.045, y - s, s * 0.09, s * 0.35, tone, dark=0.5)


def vase(rng, image, x, y, s):
    tone = colour(rng, (0.1, 0.9), (0.2, 0.9))
    _oval(image, x, y - s * 0.3, s * 0.22, s * 0.3, tone, dark=0.45)
    _box(image, x - s * 0.08, y - s * 0.8, s * 0.16, s * 0.35, tone, dark=0.45)
    _oval(image, x, y - s * 0.8, s * 0.12, s * 0.04, tone * 0.7)


def tree(rng, image, x, y, s):
    _paint(image, [(x - s * 0.05, y), (x + s * 0.05, y), (x + s * 0.03, y - s * 0.6), (x - s * 0.03, y - s * 0.6)], (0.33, 0.24, 0.17), 0.5)
    green = np.array([rng.uniform(0.1, 0.4), rng.uniform(0.3, 0.6), rng.uniform(0.08, 0.25)])
    for _ in range(rng.integers(8, 20)):
        _oval(image, x + rng.normal(0, 0.14 * s), y - s * 0.75 + rng.normal(0, 0.13 * s), s * rng.uniform(0.08, 0.18),
              s * rng.uniform(0.07, 0.16), green * rng.uniform(0.65, 1.25), dark=0.6)


def pole(rng, image, x, y, s):
    w = s * rng.uniform(0.015, 0.05)
    _box(image, x - w / 2, y - s, w, s, colour(rng, (0, 0.3), (0.15, 0.7)), dark=0.5)
    tone = colour(rng, (0.3, 1), (0.3, 0.95))
    if rng.random() < 0.5:
        _oval(image, x, y - s * 0.95, s * 0.12, s * 0.12, tone, dark=0.85)
        _oval(image, x, y - s * 0.95, s * 0.09, s * 0.09, (0.95, 0.95, 0.95), dark=0.9)
    else:
        _box(image, x - s * 0.14, y - s, s * 0.28, s * 0.18, tone, dark=0.85)


def car(rng, image, x, y, s):
    tone, d = colour(rng, (0, 0.9), (0.15, 0.95)), rng.choice([-1, 1])
    body = np.array([(-0.75, -0.1), (-0.75, -0.28), (-0.5, -0.33), (-0.28, -0.52), (0.28, -0.52), (0.5, -0.32),
                     (0.78, -0.26), (0.78, -0.1)]) * [d * s, s] + [x, y]
    _paint(image, body, tone, 0.6, across=False)
    for a, b in (((-0.40, -0.33), (-0.25, -0.48)), ((0.03, -0.33), (0.03, -0.48))):
        right = a[0] + (0.38 if a[0] < 0 else 0.36)
        _paint(image, np.array([a, b, (right - (0 if a[0] < 0 else 0.14), -0.48), (right, -0.33)]) * [d * s, s] + [x, y],
               (0.25, 0.32, 0.38), 0.7)
    for dx in (-0.48, 0.5):
        _oval(image, x + d * dx * s, y - s * 0.1, s * 0.12, s * 0.12, (0.07, 0.07, 0.07), dark=0.9)
        _oval(image, x + d * dx * s, y - s * 0.1, s * 0.06, s * 0.06, (0.6, 0.6, 0.62), dark=0.7)


def ball(rng, image, x, y, s):
    r = s * rng.uniform(0.1, 0.25)
    tone = colour(rng, (0, 0.9), (0.3, 1))
    _oval(image, x, y - r, r, r, tone, dark=0.4)
    _oval(image, x - r * 0.3, y - r * 1.3, r * 0.35, r * 0.3, np.clip(tone * 1.3, 0, 1))


def crate(rng, image, x, y, s):
    w, h, tone = s * rng.uniform(0.2, 0.6), s * rng.uniform(0.2, 0.6), colour(rng, (0.1, 0.7), (0.25, 0.85))
    side = w * 0.35
    _box(image, x - w, y - h, 2 * w, h, tone, dark=0.9)
    _paint(image, [(x - w, y - h), (x - w + side, y - h - side * 0.5), (x + w + side, y - h - side * 0.5), (x + w, y - h)], tone * 1.15)
    _paint(image, [(x + w, y - h), (x + w + side, y - h - side * 0.5), (x + w + side, y - side * 0.5), (x + w, y)], tone * 0.65)


def bin_(rng, image, x, y, s):
    tone = colour(rng, (0, 0.7), (0.2, 0.7))
    _paint(image, [(x - s * 0.17, y - s * 0.5), (x + s * 0.17, y - s * 0.5), (x + s * 0.13, y), (x - s * 0.13, y)], tone, 0.5)
    _oval(image, x, y - s * 0.5, s * 0.18, s * 0.05, tone * 0.7)


def animal(rng, image, x, y, s):
    """Four legs, a tail and a muzzle: what must not be taken for a person."""
    tone, d, s = colour(rng, (0.05, 0.5), (0.15, 0.9)), rng.choice([-1, 1]), s * 0.7
    for dx in (-0.34, -0.24, 0.24, 0.34):
        _box(image, x + d * dx * s - s * 0.035, y - s * 0.4, s * 0.07, s * 0.4, tone * rng.uniform(0.7, 1))
    _oval(image, x, y - s * 0.48, s * 0.42, s * 0.17, tone, across=False, dark=0.6)
    _oval(image, x + d * s * 0.42, y - s * 0.68, s * 0.12, s * 0.2, tone, d * 0.5, dark=0.8)
    _oval(image, x + d * s * 0.5, y - s * 0.82, s * 0.13, s * 0.11, tone)
    _oval(image, x + d * s * 0.62, y - s * 0.78, s * 0.09, s * 0.06, tone * 0.85)
    _oval(image, x + d * s * 0.42, y - s * 0.93, s * 0.035, s * 0.09, tone * 0.7)
    _oval(image, x + d * s * 0.53, y - s * 0.85, s * 0.016, s * 0.016, (0.05, 0.05, 0.05))
    _oval(image, x - d * s * 0.5, y - s * 0.55, s * 0.03, s * 0.2, tone * 0.9, d * 0.7)


def coat_stand(rng, image, x, y, s):
    """Clothes without anybody in them."""
    _box(image, x - s * 0.012, y - s, s * 0.024, s, (0.3, 0.22, 0.16))
    tone = colour(rng, (0, 0.8), (0.15, 0.85))
    _paint(image, np.array([(-0.06, -0.92), (0.06, -0.92), (0.17, -0.82), (0.13, -0.35), (-0.13, -0.35), (-0.17, -0.82)]) * s
           + [x, y], tone, 0.6)
    _oval(image, x, y, s * 0.14, s * 0.025, (0.25, 0.18, 0.12))


INDOOR = (plant, lamp, table, sofa, shelf, bottle, vase, ball, crate, bin_, animal, coat_stand)
OUTDOOR = (tree, pole, car, ball, crate, bin_, animal, plant, tree)
ON_WALL = (window, picture, door)
IN_FRONT = (plant, table, crate, pole, bottle, vase, bin_, sofa, ball)


def clutter(rng, image):
    """Loose shapes of any colour, for pictures that are no place at all."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(2, 16)):
        size = rng.uniform(0.02, 0.25) * width
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        kind = rng.integers(3)
        if kind == 0:
            _oval(image, x, y, size, size * rng.uniform(0.2, 1), colour(rng, (0, 1), (0.05, 1)), rng.uniform(0, 3))
        elif kind == 1:
            _box(image, x, y, size, size * rng.uniform(0.1, 2), colour(rng, (0, 1), (0.05, 1)))
        else:
            _paint(image, rng.normal(0, size, (int(rng.integers(3, 6)), 2)) + [x, y], colour(rng, (0, 1), (0.05, 1)))


__all__ = ["INDOOR", "IN_FRONT", "ON_WALL", "OUTDOOR", "clutter", "gradient"]
