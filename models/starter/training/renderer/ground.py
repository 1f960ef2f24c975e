"""Walls, floors, skies and textures behind the people."""

import colorsys

import cv2
import numpy as np

from .material import smooth_noise


def colour(rng, saturation=(0.05, 0.6), value=(0.2, 0.95)):
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value)), np.float32)


def gradient(width, height, top, bottom):
    t = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    return np.repeat(top * (1 - t) + bottom * t, width, axis=1).astype(np.float32)


def noise_map(rng, width, height, cell):
    """Smooth noise in -1..1 with structures of about `cell` pixels."""
    tile = smooth_noise(rng)
    factor = max(0.2, cell / 16)
    need = (int(np.ceil(height / factor)), int(np.ceil(width / factor)))
    repeats = (need[0] // 128 + 1, need[1] // 128 + 1)
    large = np.tile(tile, repeats)[:need[0], :need[1]]
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_LINEAR)


def floor_pattern(rng, image, horizon, kind, base):
    """Planks, tiles or carpet in perspective below the horizon."""
    height, width = image.shape[:2]
    rows = np.arange(horizon, height, dtype=np.float32)
    if len(rows) < 2:
        return
    vanishing = horizon - rng.uniform(0.1, 0.5) * height
    depth = (height - vanishing) / (rows - vanishing + 1)
    x = (np.arange(width, dtype=np.float32)[None, :] - width * rng.uniform(0.2, 0.8)) / width * depth[:, None]
    z = np.broadcast_to(depth[:, None], x.shape)
    size = rng.uniform(0.06, 0.25)
    shade = np.ones(x.shape, np.float32)
    if kind == "planks":
        plank = np.floor(x / size)
        shade = 1 + 0.10 * np.sin(plank * 12.9898) - 0.25 * ((x / size) % 1 < 0.04)
    elif kind == "tiles":
        odd = (np.floor(x / size) + np.floor(z * 2 / size)) % 2
        shade = 1 - rng.uniform(0.05, 0.6) * odd
    elif kind == "kerbs":
        shade = 1 - 0.2 * ((z * 3 / size) % 1 < 0.05)
    far = 0.85 + 0.3 * (rows - horizon)[:, None] / max(1, height - horizon)
    image[horizon:] = base * (shade * far)[..., None]
    grain = noise_map(rng, width, height - horizon, rng.uniform(4, 30))
    image[horizon:] *= (1 + rng.uniform(0.02, 0.15) * grain)[..., None]


def room(rng, width, height):
    horizon = int(height * rng.uniform(0.5, 0.82))
    wall = colour(rng, (0.02, 0.35), (0.45, 0.97))
    image = gradient(width, height, wall * rng.uniform(0.8, 1.05), wall)
    kind = rng.random()
    if kind < 0.2:
        period = rng.uniform(0.03, 0.12) * width
        image *= (1 - 0.12 * ((np.arange(width) / period) % 1 < 0.5)).astype(np.float32)[None, :, None]
    elif kind < 0.35:
        brick_h, brick_w = 0.035 * height, 0.09 * width
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        row = np.floor(ys / brick_h)
        joint = ((ys / brick_h) % 1 < 0.1) | (((xs / brick_w + 0.5 * (row % 2)) % 1) < 0.04)
        image *= (1 - 0.2 * joint + 0.06 * np.sin(row * 7.3 + np.floor(xs / brick_w + 0.5 * (row % 2)) * 3.1))[..., None]
    image *= (1 + 0.05 * noise_map(rng, width, height, width / 3))[..., None]
    floor_pattern(rng, image, horizon, str(rng.choice(["planks", "tiles", "carpet"])), colour(rng, (0.1, 0.6), (0.2, 0.8)))
    board = max(2, int(height * rng.uniform(0.01, 0.03)))
    image[max(0, horizon - board):horizon] = wall * rng.uniform(0.5, 1.2)
    return image, horizon


def street(rng, width, height):
    from .objects import draw_building, draw_cloud

    horizon = int(height * rng.uniform(0.42, 0.7))
    blue = np.array([rng.uniform(0.35, 0.75), rng.uniform(0.55, 0.85), rng.uniform(0.8, 1.0)], np.float32)
    if rng.random() < 0.3:
        blue = np.full(3, rng.uniform(0.65, 0.92), np.float32)
    image = gradient(width, height, blue * rng.uniform(0.8, 1), np.clip(blue * 1.25, 0, 1))
    for _ in range(rng.integers(0, 6)):
        draw_cloud(rng, image, horizon)
    if rng.random() < 0.75:
        x = -rng.uniform(0, 0.2) * width
        while x < width:
            step = rng.uniform(0.12, 0.4) * width
            if rng.random() < 0.85:
                draw_building(rng, image, x, step * rng.uniform(0.8, 1.05), horizon)
            x += step
    else:
        ridge = horizon - (np.abs(noise_map(rng, width, 4, width / 3)[1]) * 0.25 * height).astype(int)
        green = colour(rng, (0.2, 0.5), (0.25, 0.6)) * [0.8, 1.0, 0.8]
        ys = np.arange(height)[:, None]
        image[(ys >= ridge[None, :]) & (ys < horizon)] = green
    grass = rng.random() < 0.35
    base = np.array([0.25, rng.uniform(0.38, 0.6), 0.18], np.float32) if grass else np.full(3, rng.uniform(0.25, 0.7), np.float32)
    floor_pattern(rng, image, horizon, "carpet" if grass else str(rng.choice(["kerbs", "tiles", "carpet"])), base)
    return image, horizon


def texture(rng, width, height):
    """No room at all: gradients, noise, stripes, checks, blurred lights."""
    a, b = colour(rng, (0, 0.8), (0.05, 1)), colour(rng, (0, 0.8), (0.05, 1))
    kind = rng.choice(["gradient", "noise", "stripes", "checks", "lights", "plain", "grain"])
    image = gradient(width, height, a, b)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind == "noise":
        mix = np.clip(0.5 + 0.8 * noise_map(rng, width, height, rng.uniform(6, 80)), 0, 1)[..., None]
        image = a * (1 - mix) + b * mix
    elif kind in ("stripes", "checks"):
        angle, period = rng.uniform(0, np.pi), rng.uniform(0.03, 0.2) * width
        first = ((xs * np.cos(angle) + ys * np.sin(angle)) / period) % 1 < 0.5
        if kind == "checks":
            first ^= ((-xs * np.sin(angle) + ys * np.cos(angle)) / period) % 1 < 0.5
        image = np.where(first[..., None], a, b).astype(np.float32)
    elif kind == "lights":
        image = image * 0.3
        for _ in range(rng.integers(10, 40)):
            spot = np.zeros((height, width), np.float32)
            cv2.circle(spot, (int(rng.integers(width)), int(rng.integers(height))), int(rng.uniform(0.01, 0.08) * width), 1, -1)
            image += spot[..., None] * colour(rng, (0, 0.8), (0.3, 0.9)) * 0.6
        image = cv2.GaussianBlur(image, (0, 0), width * 0.006)
    elif kind == "plain":
        image[:] = a
    elif kind == "grain":
        image = image + rng.normal(0, 0.15, image.shape).astype(np.float32)
    return np.clip(image, 0, 1).astype(np.float32), int(height * rng.uniform(0.55, 0.9))
