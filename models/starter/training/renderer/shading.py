"""Light on a finished canvas: from normals and depth to colours."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import NOTHING
from .parts import PART
from .rotation import unit


@dataclass
class Light:
    direction: np.ndarray  # image axes: x right, y down, z to the viewer
    colour: np.ndarray
    ambient: np.ndarray
    style: str  # "soft", "hard" or "cartoon"


def sample_light(rng):
    direction = unit(np.array([rng.normal(0, 0.7), -abs(rng.normal(0.7, 0.4)), abs(rng.normal(0.8, 0.4)) + 0.15]))
    warm = rng.normal(0, 0.06)
    strength = rng.uniform(0.5, 0.95)
    colour = strength * np.array([1 + warm, 1.0, 1 - warm])
    ambient = rng.uniform(0.30, 0.55) * np.array([1 - warm, 1.0, 1 + warm])
    style = str(rng.choice(["soft", "hard", "cartoon"], p=[0.62, 0.2, 0.18]))
    return Light(direction, colour, ambient, style)


def _occlusion(canvas, radius):
    """Darker where the neighbourhood lies in front: creases and armpits."""
    solid = canvas.part != NOTHING
    depth = np.where(solid, canvas.depth, 0).astype(np.float32)
    weight = solid.astype(np.float32)
    k = int(radius) * 2 + 1
    mean = cv2.blur(np.where(solid, depth, 0), (k, k)) / np.maximum(cv2.blur(weight, (k, k)), 1e-3)
    gap = np.clip((mean - depth) / (radius * 1.6), 0, 1)
    return 1 - 0.55 * gap


# Parts of one piece of skin or cloth, whose seams are smoothed away, and by how much.
_SMOOTH = (
    (("head",), 0.007),
    (("torso", "upper_arm_left", "upper_arm_right", "forearm_left", "forearm_right"), 0.011),
    (("pelvis", "thigh_left", "thigh_right", "shin_left", "shin_right"), 0.012),
)


def _smooth_normals(canvas):
    """Blends the normals of touching pieces; depth steps keep their edge."""
    for names, share in _SMOOTH:
        mask = np.isin(canvas.part, [PART[n] for n in names])
        sigma = share * canvas.body_pixels
        if sigma < 0.6 or not mask.any():
            continue
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        inside = mask[window]
        depth = np.where(inside, canvas.depth[window], 0)
        weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), sigma) + 1e-4
        mean = cv2.GaussianBlur(depth, (0, 0), sigma) / weight
        soft = cv2.GaussianBlur(canvas.normal[window] * inside[..., None], (0, 0), sigma)
        soft /= np.sqrt((soft**2).sum(-1, keepdims=True)) + 1e-6
        step = np.abs(mean - depth) < 2.2 * sigma
        chosen = inside & step
        canvas.normal[window][chosen] = soft[chosen]


def _edges(canvas, step):
    """Pixels where another part or a nearer surface begins."""
    part, depth = canvas.part, canvas.depth
    result = np.zeros(part.shape, bool)
    for axis in (0, 1):
        jump = np.abs(np.diff(np.maximum(depth, -1e4), axis=axis)) > step
        result |= np.concatenate([jump, np.zeros_like(jump.take([0], axis))], axis=axis)
    return result


def shade(canvas, light):
    """RGB in 0..1 for the canvas."""
    _smooth_normals(canvas)
    solid = canvas.part != NOTHING
    normal, albedo = canvas.normal[solid], canvas.colour[solid]
    ambient, strong = light.ambient.astype(np.float32), light.colour.astype(np.float32)
    facing = normal @ light.direction.astype(np.float32)
    result = np.zeros_like(canvas.colour)
    if light.style == "cartoon":
        level = np.where(facing > 0.55, 1.0, np.where(facing > 0.05, 0.72, 0.5)).astype(np.float32)
        result[solid] = albedo * (ambient + strong * np.float32(0.75)) * level[:, None]
        lines = _edges(canvas, canvas.body_pixels * 0.022)
        width = max(1, int(canvas.body_pixels / 260))
        lines = cv2.dilate(lines.astype(np.uint8), np.ones((width, width), np.uint8)).astype(np.float32)
        return np.clip(result * (1 - 0.85 * lines[..., None]), 0, 1)
    wrap = 0.35 if light.style == "soft" else 0.05
    diffuse = np.clip((facing + wrap) / (1 + wrap), 0, 1)
    sky = 0.85 - 0.15 * normal[:, 1]
    dark = _occlusion(canvas, max(2, canvas.body_pixels * 0.035))[solid]
    rim = 1 - 0.25 * np.clip(1 - normal[:, 2], 0, 1) ** 3
    colour = albedo * (ambient * sky[:, None] + strong * diffuse[:, None]) * (dark * rim)[:, None]
    half = unit(light.direction + np.array([0, 0, 1.0])).astype(np.float32)
    shine = 0.35 * np.clip(normal @ half, 0, 1) ** 24 * canvas.gloss[solid]
    result[solid] = np.clip(colour + shine[:, None] * strong, 0, 1)
    return result
