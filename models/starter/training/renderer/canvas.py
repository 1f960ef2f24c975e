"""Pixel buffers with depth: limbs and ellipsoids are solved per pixel.

Every buffer keeps colour, normal, depth and the part drawn, so that shading
and the visibility of each labelled point come from the same picture.
"""

import numpy as np

from .rotation import cross, unit

NOTHING = -1


class Canvas:
    def __init__(self, left, top, width, height, body_pixels):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.body_pixels = body_pixels
        self.depth = np.full((height, width), -1e9, np.float32)
        self.normal = np.zeros((height, width, 3), np.float32)
        self.colour = np.zeros((height, width, 3), np.float32)
        self.gloss = np.zeros((height, width), np.float32)
        self.part = np.full((height, width), NOTHING, np.int16)

    def _window(self, x0, y0, x1, y1):
        x0, x1 = max(int(np.floor(x0)), self.left), min(int(np.ceil(x1)) + 1, self.left + self.width)
        y0, y1 = max(int(np.floor(y0)), self.top), min(int(np.ceil(y1)) + 1, self.top + self.height)
        if x0 >= x1 or y0 >= y1:
            return None
        xs = np.arange(x0, x1, dtype=np.float32)[None, :]
        ys = np.arange(y0, y1, dtype=np.float32)[:, None]
        return xs, ys

    def _inside(self, xs, ys, mask):
        """Flat buffer positions of the true pixels of a window's mask."""
        rows, columns = np.nonzero(mask)
        return (rows + int(ys[0, 0]) - self.top) * self.width + columns + int(xs[0, 0]) - self.left

    def store(self, spots, depth, normal, u, v, part, material):
        """Writes flat pixel positions where they lie in front of what is there."""
        nearer = depth > self.depth.reshape(-1)[spots]
        if not nearer.any():
            return
        spots, u, v, normal = spots[nearer], u[nearer], v[nearer], normal[nearer].astype(np.float32)
        bump = material.bump(u, v)
        if bump is not None:
            normal = normal + bump
            normal /= np.sqrt((normal**2).sum(1, keepdims=True)) + 1e-6
        self.depth.reshape(-1)[spots] = depth[nearer]
        self.normal.reshape(-1, 3)[spots] = normal
        self.colour.reshape(-1, 3)[spots] = material.albedo(u, v)
        self.gloss.reshape(-1)[spots] = material.gloss
        self.part.reshape(-1)[spots] = part

    def ellipsoid(self, camera, centre, axes, part, material, cut=None):
        """`axes`: three semi-axis vectors. `cut`: (normal, offset) keeps one side."""
        scale = camera.scale(centre)
        cx, cy, cz = camera.project(np.asarray(centre)[None])[0]
        matrix = camera.directions(np.asarray(axes), scale).T
        shape = matrix @ matrix.T + np.eye(3) * 1e-4
        hx, hy = np.sqrt(shape[0, 0]), np.sqrt(shape[1, 1])
        found = self._window(cx - hx, cy - hy, cx + hx, cy + hy)
        if found is None:
            return
        xs, ys = found
        inverse = np.linalg.inv(shape).astype(np.float32)
        dx, dy = xs - np.float32(cx), ys - np.float32(cy)
        a = inverse[2, 2]
        b = inverse[0, 2] * dx + inverse[1, 2] * dy
        c = inverse[0, 0] * dx**2 + (2 * inverse[0, 1]) * dx * dy + (inverse[1, 1] * dy**2 - 1)
        root = b * b - a * c
        mask = root > 0
        z = (np.sqrt(root[mask]) - b[mask]) / a
        rows, columns = np.nonzero(mask)
        offset = np.stack([dx[0, columns], dy[rows, 0], z], axis=1)
        spots = self._inside(xs, ys, mask)
        if cut is not None:
            kept = offset @ camera.direction(cut[0]).astype(np.float32) > cut[1] * scale
            offset, spots, z = offset[kept], spots[kept], z[kept]
        normal = offset @ inverse
        normal /= np.sqrt((normal**2).sum(1, keepdims=True)) + 1e-9
        local = offset @ np.linalg.inv(matrix + np.eye(3) * 1e-6).T.astype(np.float32)
        u = np.arctan2(local[:, 0], local[:, 2])
        self.store(spots, np.float32(cz) + z, normal, u, local[:, 1] * np.linalg.norm(axes[1]), part, material)

    def capsule(self, camera, start, end, r0, r1, part, material, open_end=False):
        """Round cone with round ends; an open end is one that something else covers."""
        across = cross(np.asarray(end) - start, camera.rotation[2])
        across = unit(across) if np.linalg.norm(across) > 1e-9 else camera.rotation[0]
        radii = [r0, r1]
        self.limb(camera, start, end, across, [0, 1], radii, radii, part, material)
        self.ball(camera, start, r0, part, material)
        if not open_end:
            self.ball(camera, end, r1, part, material)

    def ball(self, camera, centre, radius, part, material):
        """A sphere: the same as an ellipsoid, without its matrices."""
        cx, cy, cz = camera.project(np.asarray(centre)[None])[0]
        r = np.float32(radius * camera.scale(centre))
        found = self._window(cx - r, cy - r, cx + r, cy + r)
        if found is None:
            return
        xs, ys = found
        dx, dy = xs - np.float32(cx), ys - np.float32(cy)
        rest = r * r - dx * dx - dy * dy
        mask = rest > 0
        rows, columns = np.nonzero(mask)
        normal = np.stack([dx[0, columns], dy[rows, 0], np.sqrt(rest[rows, columns])], axis=1)
        depth = np.float32(cz) + normal[:, 2]
        normal /= r
        spots = (rows + int(ys[0, 0]) - self.top) * self.width + columns + int(xs[0, 0]) - self.left
        self.store(spots, depth, normal, normal[:, 0], normal[:, 1] * radius, part, material)

    def limb(self, camera, start, end, across, stops, wide, deep, part, material, shift=0.0, around=0.0):
        """Tube with elliptic sections: half-width `wide` along `across`, `deep` beside it.

        `shift` moves the pattern along the limb and `around` turns it, so that
        a shirt's stripes go on from one piece to the next.
        """
        start, end = np.asarray(start, float), np.asarray(end, float)
        axis = end - start
        length = np.linalg.norm(axis)
        if length < 1e-6:
            return
        e1 = across - axis * (across @ axis) / length**2
        e1 = unit(e1)
        e2 = cross(axis / length, e1)
        p0, p1 = camera.project(np.array([start, end]))
        s0, s1 = camera.scale(start), camera.scale(end)
        along = p1[:2] - p0[:2]
        flat = np.float32(np.linalg.norm(along))
        widest = max(max(wide), max(deep))
        if flat < 0.75 * widest * max(s0, s1):
            self._chain(camera, start, end, e1, e2, axis / length, stops, wide, deep, part, material)
            return
        reach = widest * max(s0, s1) + 1
        found = self._window(min(p0[0], p1[0]) - reach, min(p0[1], p1[1]) - reach,
                             max(p0[0], p1[0]) + reach, max(p0[1], p1[1]) + reach)
        if found is None:
            return
        xs, ys = found
        ax, ay = (along / flat).astype(np.float32)
        dx, dy = xs - np.float32(p0[0]), ys - np.float32(p0[1])
        forward, side = dx * ax + dy * ay, dy * ax - dx * ay
        margin = widest * max(s0, s1)
        near = (np.abs(side) <= margin) & (forward > -margin) & (forward < flat + margin)
        spots = self._inside(xs, ys, near)
        forward, side = forward[near], side[near]
        w = unit(np.array([along[0], along[1], p1[2] - p0[2]])).astype(np.float32)
        n = np.array([-ay, ax, 0.0], np.float32)
        m = cross(w, n)
        m = (m if m[2] > 0 else -m).astype(np.float32)
        slope = float(m[0] * ax + m[1] * ay)
        i1, i2 = camera.direction(e1), camera.direction(e2)
        c, s = float(i1 @ n), float(i1 @ m)
        norm = np.hypot(c, s) + 1e-9
        c, s = np.float32(c / norm), np.float32(s / norm)
        sign = 1.0 if (i2 @ n) * -s + (i2 @ m) * c > 0 else -1.0
        t = forward / flat
        for _ in range(2):
            tc = np.minimum(np.maximum(t, 0), 1)
            scale = np.float32(s0) + np.float32(s1 - s0) * tc
            a = np.interp(tc, stops, wide).astype(np.float32) * scale
            b = a if wide is deep else np.interp(tc, stops, deep).astype(np.float32) * scale
            ia, ib = 1 / a**2, 1 / b**2
            qa = s * s * ia + c * c * ib
            qb = 2 * c * s * side * (ia - ib)
            qc = side**2 * (c * c * ia + s * s * ib) - 1
            root = qb**2 - 4 * qa * qc
            q = (np.sqrt(np.maximum(root, 0)) - qb) / (2 * qa)
            t = (forward - q * np.float32(slope)) / flat
        hit = (root > 0) & (t >= 0) & (t <= 1)
        if not hit.any():
            return
        spots, t, q, side, a, b = spots[hit], t[hit], q[hit], side[hit], a[hit], b[hit]
        depth = (p0[2] + (p1[2] - p0[2]) * t + q * m[2]).astype(np.float32)
        f1, f2 = side * c + q * s, (q * c - side * s) * sign
        g1, g2 = f1 / a**2, f2 * sign / b**2
        gn, gm = g1 * c - g2 * s, g1 * s + g2 * c
        normal = gn[:, None] * n + gm[:, None] * m
        normal /= np.sqrt((normal**2).sum(1, keepdims=True)) + 1e-9
        middles = 0.5 * (np.asarray(stops[1:]) + np.asarray(stops[:-1]))
        taper = (np.interp(t, middles, np.diff(wide) / np.maximum(np.diff(stops), 1e-6)) / length).astype(np.float32)
        normal -= taper[:, None] * w
        normal /= np.sqrt((normal**2).sum(1, keepdims=True))
        u = np.arctan2(f1 / a, f2 / b) + around
        self.store(spots, depth, normal, u, t * length + shift, part, material)

    def _chain(self, camera, start, end, e1, e2, w, stops, wide, deep, part, material):
        """A limb that points at the viewer, as a row of ellipsoids."""
        length = np.linalg.norm(end - start)
        steps = 9
        for t in np.linspace(0.04, 0.96, steps):
            a, b = np.interp(t, stops, wide), np.interp(t, stops, deep)
            self.ellipsoid(camera, start + (end - start) * t,
                           [e1 * a, w * max(length / steps, 0.35 * min(a, b)), e2 * b], part, material)

    def at(self, x, y):
        """Row and column of a picture position, or None outside."""
        column, row = int(round(x)) - self.left, int(round(y)) - self.top
        if 0 <= column < self.width and 0 <= row < self.height:
            return row, column
        return None
