"""Puts a background, people and objects together into one picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from . import objects
from .effects import photograph
from .ground import room, street, texture
from .person import ABSENT, HIDDEN, VISIBLE, draw_person
from .points import COUNT
from .request import FigureRequest
from .shading import sample_light

# Everything is drawn twice as large and averaged down, for smooth edges.
OVERSAMPLE = 2
NOBODY, IN_FRONT = -1, -2


@dataclass
class Person:
    keypoints: np.ndarray  # [133,2] pixels
    visibility: np.ndarray  # [133] 0 no label, 1 hidden, 2 visible
    box: np.ndarray  # x0, y0, x1, y1 of what can be seen
    share: float  # how much of the drawn figure inside the picture can be seen


@dataclass
class Scene:
    image: np.ndarray  # [h,w,3] uint8 RGB
    people: list


def _background(rng, width, height):
    """Picture at final size, the floor line and what things stand there."""
    kind = rng.choice(["room", "street", "texture"], p=[0.42, 0.36, 0.22])
    image, horizon = {"room": room, "street": street, "texture": texture}[kind](rng, width, height)
    if kind == "texture":
        if rng.random() < 0.5:
            objects.clutter(rng, image)
        return image, horizon
    if kind == "room":
        for _ in range(rng.integers(0, 4)):
            thing = objects.ON_WALL[rng.integers(len(objects.ON_WALL))]
            size = rng.uniform(0.15, 0.5) * height
            low = horizon if thing is objects.door else horizon - rng.uniform(0.1, 0.35) * height
            thing(rng, image, rng.uniform(0, width), low, size)
    choices = objects.INDOOR if kind == "room" else objects.OUTDOOR
    spots = np.sort(rng.uniform(horizon, height, rng.integers(0, 7)))
    for y in spots:
        near = (y - horizon) / max(1, height - horizon)
        size = height * (0.18 + 0.35 * near) * rng.uniform(0.7, 1.3)
        choices[rng.integers(len(choices))](rng, image, rng.uniform(0, width), y, size)
    return image, horizon


def _requests(rng, count, width, height):
    """Sizes and places of people nobody asked for in particular."""
    result = []
    for _ in range(count):
        close = rng.random() < 0.22
        size = height * (rng.uniform(1.1, 2.2) if close else rng.uniform(0.25, 0.95) * (0.85 if count > 2 else 1))
        x = width * (rng.uniform(0.12, 0.88) if count > 1 else rng.uniform(0.3, 0.7))
        # A close person shows the upper body: head a little below the top edge.
        y = size * rng.uniform(0.46, 0.6) if close else height - size / 2 - height * rng.uniform(-0.03, 0.15)
        result.append(FigureRequest(height=size, centre=(x, y)))
    # Whoever stands lower in the picture is nearer.
    return sorted(result, key=lambda r: r.centre[1] + r.height / 2)


def _shadow(image, ground, strength):
    """A soft dark oval on the floor, drawn small and enlarged: it has no detail."""
    x, y, half = ground
    reach = np.array([1.7 * half, 0.9 * half]) + 4
    low = np.maximum(np.floor([x, y] - reach).astype(int), 0)
    high = np.minimum(np.ceil([x, y] + reach).astype(int), image.shape[1::-1])
    if (high - low < 8).any():
        return
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    size = high - low
    layer = np.zeros((size[1] // 4, size[0] // 4), np.float32)
    centre = (np.array([x, y]) - low) / 4
    cv2.ellipse(layer, (tuple(map(float, centre)), (half / 2.0, 0.45 * half / 4), 0), 1.0, -1)
    layer = cv2.GaussianBlur(layer, (0, 0), max(0.5, half * 0.18 / 4))
    layer = cv2.resize(layer, tuple(int(v) for v in size), interpolation=cv2.INTER_LINEAR)
    image[window] *= (1 - strength * layer)[..., None]


def _cover(rng, image, owner, people, scale):
    """Things in front of people; `owner` learns which pixels they take."""
    for person in people:
        if rng.random() > 0.28:
            continue
        x0, y0, x1, y1 = person
        size = (y1 - y0) * rng.uniform(0.25, 0.75)
        before = image.copy()
        thing = objects.IN_FRONT[rng.integers(len(objects.IN_FRONT))]
        thing(rng, image, rng.uniform(x0, x1), y1 + rng.uniform(-0.25, 0.2) * size, size)
        owner[np.abs(image - before).max(-1) > 1e-4] = IN_FRONT


def _finish(drawn, index, owner):
    """Box and visibility after everything in front has been drawn."""
    mine = owner == index
    if mine.sum() < 40:
        return None
    rows, columns = np.nonzero(mine.any(1))[0], np.nonzero(mine.any(0))[0]
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
    height, width = owner.shape
    visibility = drawn.visibility.copy()
    for i in range(COUNT):
        x, y = drawn.keypoints[i]
        if not (0 <= x < width and 0 <= y < height):
            visibility[i] = ABSENT
            continue
        if visibility[i] == ABSENT:
            continue
        r, c = int(round(y)), int(round(x))
        around = owner[max(0, r - 1):r + 2, max(0, c - 1):c + 2]
        if not (around == index).any():
            visibility[i] = HIDDEN if 5 <= i < 17 else ABSENT
    return Person(drawn.keypoints.copy(), visibility, box, float(mine.sum() / max(1, drawn.own.sum())))


def render_scene(rng, width, height, people=None):
    """`people`: how many, or a list of FigureRequest; None leaves it to chance."""
    if people is None:
        people = int(rng.choice([1, 2, 3, 4, 5], p=[0.5, 0.25, 0.12, 0.08, 0.05]))
    requests = _requests(rng, people, width, height) if isinstance(people, (int, np.integer)) else list(people)
    picture, _ = _background(rng, width, height)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 0.012 * height + 0.6))
    s = OVERSAMPLE
    image = cv2.resize(picture, (width * s, height * s), interpolation=cv2.INTER_LINEAR)
    owner = np.full(image.shape[:2], NOBODY, np.int16)
    light, pitch = sample_light(rng), float(np.clip(rng.normal(8, 9), -12, 45))
    drawn = []
    for request in requests:
        big = FigureRequest(**{**request.__dict__, "height": request.height * s,
                               "centre": (request.centre[0] * s, request.centre[1] * s)})
        one = draw_person(rng, big, width * s, height * s, light, pitch)
        if one is None:
            continue
        _shadow(image, one.ground, rng.uniform(0.1, 0.5))
        h, w = one.solid.shape
        window = (slice(one.top, one.top + h), slice(one.left, one.left + w))
        image[window][one.solid] = one.colour[one.solid]
        owner[window][one.solid] = NOBODY
        owner[window][one.own] = len(drawn)
        drawn.append(one)
    if any(request.occluded for request in requests):
        boxes = [(k[:, 0].min(), k[:, 1].min(), k[:, 0].max(), k[:, 1].max()) for k in (d.keypoints for d in drawn)]
        _cover(rng, image, owner, boxes, s)
    found = [_finish(one, i, owner) for i, one in enumerate(drawn)]
    result = [person for person in found if person is not None]
    for person in result:
        # Pixel centres: the middle of a 2x2 block belongs to one final pixel.
        person.keypoints = (person.keypoints + 0.5) / s - 0.5
        person.box = person.box / s
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return Scene(photograph(rng, small), result)


def render_empty_scene(rng, width, height):
    """A place with things but without anybody."""
    picture, horizon = _background(rng, width, height)
    if rng.random() < 0.5:
        for _ in range(rng.integers(1, 5)):
            thing = objects.IN_FRONT[rng.integers(len(objects.IN_FRONT))]
            thing(rng, picture, rng.uniform(0, width), height * rng.uniform(0.7, 1.05), height * rng.uniform(0.2, 0.7))
    return Scene(photograph(rng, np.ascontiguousarray(picture)), [])


__all__ = ["ABSENT", "HIDDEN", "VISIBLE", "Person", "Scene", "render_empty_scene", "render_scene"]
