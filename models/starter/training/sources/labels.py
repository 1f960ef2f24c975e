"""Label texts: one person a line, `0 cx cy w h` and then 17 times `x y v`, all relative."""

from dataclasses import dataclass

import numpy as np

BODY_POINTS = 17


@dataclass
class Labelled:
    box: np.ndarray  # x0, y0, x1, y1 in pixels
    points: np.ndarray  # [17,3] x, y in pixels and 0 absent, 1 hidden, 2 visible (or a weight 0..1); or None
    taught: bool = False  # the points come from a teacher, with weights


def read_labels(path, width, height):
    people = []
    if not path.exists():
        return people
    for line in path.read_text().splitlines():
        values = np.array(line.split(), float)
        if len(values) < 5 or values[0] != 0:
            continue
        cx, cy, w, h = values[1:5] * [width, height, width, height]
        points = None
        if len(values) >= 5 + 3 * BODY_POINTS:
            points = values[5:5 + 3 * BODY_POINTS].reshape(BODY_POINTS, 3) * [width, height, 1]
        people.append(Labelled(np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]), points))
    return people
