"""Rotation matrices. Axes: x to the person's left, y up, z to the front."""

import numpy as np


def _angle(degrees):
    radians = np.deg2rad(degrees)
    return np.cos(radians), np.sin(radians)


def about_x(degrees):
    c, s = _angle(degrees)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]], float)


def about_y(degrees):
    c, s = _angle(degrees)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], float)


def about_z(degrees):
    c, s = _angle(degrees)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], float)


def unit(vector):
    vector = np.asarray(vector, float)
    length = np.linalg.norm(vector)
    return vector / length if length > 1e-9 else np.array([0.0, 1.0, 0.0])


def frame_along(down, front):
    """Frame whose -y axis points along `down` and whose z axis leans to `front`."""
    y = -unit(down)
    front = np.asarray(front, float)
    z = front - y * (front @ y)
    if np.linalg.norm(z) < 1e-6:
        z = np.cross(y, [1.0, 0.0, 0.0])
    z = unit(z)
    return np.stack([np.cross(y, z), y, z], axis=1)


def cross(a, b):
    """Cross product of two vectors, without the overhead of the general one."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
