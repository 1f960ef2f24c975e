"""Eyes, brows, lips, nostrils and beard, painted onto the head's pixels."""

import cv2
import numpy as np

from .parts import FACE_PARTS, PART


def _curve(points, closed=True, steps=6):
    """Catmull-Rom curve through the points."""
    points = np.asarray(points, float)
    n = len(points)
    result = []
    for i in range(n if closed else n - 1):
        p = [points[(i + k) % n] if closed else points[np.clip(i + k, 0, n - 1)] for k in (-1, 0, 1, 2)]
        for t in np.linspace(0, 1, steps, endpoint=False):
            result.append(0.5 * (2 * p[1] + (p[2] - p[0]) * t + (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3]) * t**2
                                 + (3 * p[1] - p[0] - 3 * p[2] + p[3]) * t**3))
    if not closed:
        result.append(points[-1])
    return np.array(result)


class FacePaint:
    """Collects polygons and blends them where the head is the front surface."""

    def __init__(self, canvas):
        self.canvas = canvas
        self.front = np.isin(canvas.part, list(FACE_PARTS))

    def fill(self, polygon, colour, alpha=1.0):
        canvas = self.canvas
        local = (polygon - [canvas.left, canvas.top]) * 16
        low, high = np.floor(local.min(0) / 16).astype(int) - 1, np.ceil(local.max(0) / 16).astype(int) + 2
        x0, y0 = np.maximum(low, 0)
        x1, y1 = min(high[0], canvas.width), min(high[1], canvas.height)
        if x0 >= x1 or y0 >= y1:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        shifted = np.round(local - np.array([x0, y0]) * 16).astype(np.int32)
        cv2.fillPoly(mask, [shifted], 255, cv2.LINE_AA, 4)
        window = (slice(y0, y1), slice(x0, x1))
        blend = (mask.astype(np.float32) / 255 * alpha * self.front[window])[..., None]
        colour = np.asarray(colour, np.float32)
        canvas.colour[window] = canvas.colour[window] * (1 - blend) + colour * blend

    def stroke(self, line, width, colour, alpha=1.0):
        """A line as a polygon, so that it blends the same way."""
        direction = np.gradient(line, axis=0)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
        aside = np.stack([-direction[:, 1], direction[:, 0]], 1) * np.asarray(width).reshape(-1, 1) / 2
        self.fill(np.concatenate([line + aside, (line - aside)[::-1]]), colour, alpha)


def paint_face(canvas, camera, points, facing, look, gaze):
    """`points`: the 68 points in pixels; `facing`: cosine towards the viewer."""
    paint = FacePaint(canvas)
    unit = canvas.body_pixels * 0.041
    skin = np.asarray(look.skin.colour)
    if look.beard > 0 and facing[8] > 0:
        chin = np.concatenate([points[2:15], points[[54, 53, 52, 51, 50, 49, 48]]])
        paint.fill(chin, look.brow, look.beard * 0.75)
        paint.fill(np.concatenate([points[[48, 49, 51, 53, 54]], points[[35, 33, 31]]]), look.brow, look.beard * 0.6)
    if facing[51] > 0.05:
        outer = _curve(points[48:60])
        inner = _curve(points[60:68])
        paint.fill(outer, look.lips, 0.85)
        paint.fill(inner, skin * 0.25 if look.mouth_open > 0.15 else look.lips * 0.45, 0.9)
        if look.mouth_open > 0.3:
            upper = np.concatenate([points[60:65], points[64:59:-1] * 0.65 + points[[64, 65, 66, 67, 60]] * 0.35])
            paint.fill(upper, (0.92, 0.9, 0.86), 0.9)
    for outline in (range(36, 42), range(42, 48)):
        eye = points[list(outline)]
        if facing[list(outline)].mean() < 0.12:
            continue
        shape = _curve(eye)
        paint.fill(shape * 1.12 - eye.mean(0) * 0.12, skin * 0.72, 0.5)
        paint.fill(shape, (0.93, 0.92, 0.90))
        centre = eye.mean(0) + gaze * unit * 0.10
        ball = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        squeeze = max(0.35, np.linalg.norm(eye[3] - eye[0]) / (0.37 * unit) * 0.95)
        circle = np.stack([np.cos(ball) * min(1.0, squeeze), np.sin(ball)], 1)
        inside = _clip_to(shape, centre + circle * unit * 0.105)
        if inside is not None:
            paint.fill(inside, look.iris)
            pupil = _clip_to(shape, centre + circle * unit * 0.048)
            if pupil is not None:
                paint.fill(pupil, (0.03, 0.03, 0.03))
            paint.fill(centre + circle * unit * 0.022 + np.array([0.3, -0.35]) * unit * 0.1, (1, 1, 1))
        lid = _curve(eye[:4], closed=False)
        paint.stroke(lid, 0.055 * unit, skin * 0.18)
        paint.stroke(_curve(eye[[0, 5, 4, 3]], closed=False), 0.025 * unit, skin * 0.5, 0.7)
    for brow in (range(17, 22), range(22, 27)):
        ids = list(brow)
        if facing[ids].mean() > 0.08:
            line = _curve(points[ids], closed=False)
            grow = np.sin(np.linspace(0.5, 2.6, len(line))) * 0.085 * unit
            paint.stroke(line, grow, look.brow, 0.9)
    if facing[33] > 0.2:
        for pair in ((31, 32), (35, 34)):
            spot = points[list(pair)].mean(0)
            ring = np.linspace(0, 2 * np.pi, 12, endpoint=False)
            paint.fill(spot + np.stack([np.cos(ring) * 0.055, np.sin(ring) * 0.03], 1) * unit, skin * 0.3, 0.8)
        paint.stroke(_curve(points[31:36], closed=False), 0.03 * unit, skin * 0.55, 0.5)
    if look.glasses:
        _glasses(canvas, points, facing, unit)


def _glasses(canvas, points, facing, unit):
    """Frames lie over everything of the head, thin enough to keep the eyes."""
    layer = np.zeros(canvas.part.shape, np.uint8)
    offset = np.array([canvas.left, canvas.top])
    near = np.isin(canvas.part, [PART["head"], PART["nose"]])
    for ids in (list(range(36, 42)), list(range(42, 48))):
        if facing[ids].mean() > 0.05:
            eye = points[ids]
            centre, wide = eye.mean(0), np.linalg.norm(eye[3] - eye[0]) * 0.72
            angle = float(np.degrees(np.arctan2(*(eye[3] - eye[0])[::-1])))
            cv2.ellipse(layer, (tuple(map(float, centre - offset)), (2 * wide, 0.46 * unit), angle), 255,
                        max(1, int(0.045 * unit)), cv2.LINE_AA)
    if facing[27] > 0:
        ends = np.round(points[[39, 42]] - offset).astype(int)
        cv2.line(layer, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 255, max(1, int(0.04 * unit)), cv2.LINE_AA)
    blend = (layer.astype(np.float32) / 255 * near)[..., None]
    canvas.colour[:] = canvas.colour * (1 - blend) + np.float32([0.06, 0.06, 0.07]) * blend


def _clip_to(shape, circle):
    """The part of a small circle inside the eye's outline."""
    area, polygon = cv2.intersectConvexConvex(cv2.convexHull(shape.astype(np.float32)), circle.astype(np.float32))
    return polygon[:, 0].astype(float) if area > 0.5 and polygon is not None and len(polygon) > 2 else None
