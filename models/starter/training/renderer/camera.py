"""Perspective camera; points become pixels with a depth in pixels."""

from dataclasses import dataclass

import numpy as np

from .rotation import about_x, about_z


@dataclass
class Camera:
    """`pitch` > 0 looks down; `distance` and all lengths in statures."""

    target: np.ndarray
    pitch: float
    roll: float
    distance: float
    pixels: float  # pixels per stature at the target
    centre: tuple

    def __post_init__(self):
        self.rotation = about_z(self.roll) @ about_x(self.pitch)

    def scale(self, point):
        z = (self.rotation @ (np.asarray(point) - self.target))[2]
        return self.pixels * self.distance / max(self.distance - z, 0.2 * self.distance)

    def project(self, points):
        """[n,3] -> x, y in pixels and z towards the viewer in pixels."""
        local = (np.asarray(points, float) - self.target) @ self.rotation.T
        scale = self.pixels * self.distance / np.maximum(self.distance - local[..., 2], 0.2 * self.distance)
        return np.stack([self.centre[0] + scale * local[..., 0], self.centre[1] - scale * local[..., 1],
                         self.pixels * local[..., 2]], axis=-1)

    def directions(self, vectors, scale=1.0):
        """Several vectors in image axes, one a row."""
        return (np.asarray(vectors, float) @ self.rotation.T) * np.array([scale, -scale, scale])

    def direction(self, vector, scale=1.0):
        """A vector in image axes: x right, y down, z towards the viewer."""
        local = self.rotation @ np.asarray(vector, float)
        return np.array([local[0], -local[1], local[2]]) * scale
