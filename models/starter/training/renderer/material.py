"""Surface colours: plain, patterned, wrinkled, streaked like hair."""

from dataclasses import dataclass

import numpy as np

TILE = 128


def smooth_noise(rng, size=TILE, octaves=4):
    """Tileable noise in -1..1, the same for the same generator state."""
    import cv2

    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        cells = min(size, 4 * 2**octave)
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        wrapped = np.pad(grid, 2, mode="wrap")
        step = size // cells
        large = cv2.resize(wrapped, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += large[2 * step: 2 * step + size, 2 * step: 2 * step + size] / 2**octave
    return total / (np.abs(total).max() + 1e-6)


@dataclass
class Material:
    """`u` is an angle around the limb, `v` a length along it in statures."""

    colour: np.ndarray
    second: np.ndarray = None
    pattern: str = "plain"
    size: float = 0.03
    wrinkle: float = 0.0
    gloss: float = 0.0
    noise: np.ndarray = None
    mottle: float = 0.0

    def _tile(self, u, v, fu, fv, offset=0):
        row = (np.asarray(v) * fv + offset).astype(np.int64) % TILE
        column = (np.asarray(u) * fu + 2 * offset).astype(np.int64) % TILE
        return self.noise[row, column]

    def albedo(self, u, v):
        base = np.broadcast_to(np.asarray(self.colour, np.float32), (len(u), 3))
        if self.pattern == "plain" or self.second is None:
            mix = np.zeros(len(u), np.float32)
        else:
            mix = self._mix(u, v).astype(np.float32)
        if self.second is not None:
            base = base + (np.asarray(self.second, np.float32) - base) * mix[:, None]
        if self.noise is not None and self.mottle > 0:
            base = base * (1 + self.mottle * self._tile(u, v, 22, 330, 7))[:, None]
        return base

    def _mix(self, u, v):
        across = u * 0.09 / self.size
        along = v / self.size
        if self.pattern == "stripes":
            return (along % 1) < 0.5
        if self.pattern == "pinstripes":
            return (across % 1) < 0.16
        if self.pattern == "checks":
            return 0.5 * ((along % 1) < 0.5) + 0.5 * ((across % 1) < 0.5)
        if self.pattern == "dots":
            return (across % 1 - 0.5) ** 2 + (along % 1 - 0.5) ** 2 < 0.07
        if self.pattern == "flowers":
            return self._tile(u, v, 0.9 / self.size, 10 / self.size) > 0.25
        if self.pattern == "denim":
            return np.clip(0.35 * np.cos(u * 2) + 0.3 * self._tile(u, v, 18, 200), 0, 1)
        if self.pattern == "open":
            # Only the trunk is drawn with angles beyond pi: its front lies at 2 pi.
            return (u > 1.5 * np.pi) & (np.cos(u) > 0.95)
        if self.pattern == "strands":
            return np.clip(0.4 + 0.6 * self._tile(u, v, 58, 90), 0, 1)
        return np.zeros(len(u))

    def bump(self, u, v):
        if self.noise is None or self.wrinkle <= 0:
            return None
        first = self._tile(u, v, 13, 210, 3)
        second = self._tile(u, v, 13, 210, 41)
        return (self.wrinkle * np.stack([first, second, np.zeros(len(u))], axis=1)).astype(np.float32)
