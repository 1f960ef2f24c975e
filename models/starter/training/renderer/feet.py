"""Feet and shoes; frame of the foot: z to the toes, y up, origin at the ankle."""

import numpy as np

from .parts import PART


def foot_points(rig, side, key):
    """Big toe, small toe and heel of one foot."""
    body, origin, frame = rig.body, rig.joints[f"ankle_{key}"], rig.frames[f"ankle_{key}"]
    down, length = -body.ankle, body.foot
    local = np.array([
        (-side * 0.10 * length, down + 0.052 * length, 0.725 * length),
        (side * 0.200 * length, down + 0.050 * length, 0.520 * length),
        (0, down + 0.075 * length, -0.255 * length),
    ])
    return origin + local @ frame.T


def draw_foot(canvas, camera, rig, side, key, look):
    body, origin, frame = rig.body, rig.joints[f"ankle_{key}"], rig.frames[f"ankle_{key}"]
    down, length, part = -body.ankle, body.foot, PART[f"foot_{key}"]

    def place(x, y, z):
        return origin + frame @ np.array([side * x, down + y, z]) if abs(x) < 1 else origin

    def blob(x, y, z, sizes, material):
        axes = [frame[:, i] * size * length for i, size in enumerate(sizes)]
        canvas.ellipsoid(camera, place(x * length, y * length, z * length), axes, part, material)

    material = look.skin if look.barefoot else look.shoes
    wide = 1.0 if not look.barefoot else 0.9
    heel, toe = place(0, 0.115 * length, -0.13 * length), place(0.02 * length, 0.075 * length, 0.60 * length)
    canvas.limb(camera, heel, toe, frame[:, 0], [0, 0.25, 0.7, 1],
                [0.155 * wide * length, 0.165 * wide * length, 0.235 * wide * length, 0.20 * wide * length],
                [0.125 * length, 0.13 * length, 0.095 * length, 0.068 * length], part, material)
    blob(0, 0.115, -0.13, (0.155 * wide, 0.125, 0.135), material)
    # Instep up to the ankle.
    canvas.limb(camera, place(0, 0.5 * -down, -0.03 * length), place(0, 0.12 * length, 0.36 * length), frame[:, 0],
                [0, 1], [0.15 * length, 0.17 * length], [0.17 * length, 0.10 * length], part, material)
    canvas.ellipsoid(camera, place(0, -down * 0.75, -0.02 * length),
                     [frame[:, 0] * 0.15 * length, frame[:, 1] * 0.2 * length, frame[:, 2] * 0.17 * length],
                     part, look.socks or material if not look.barefoot else look.skin)
    blob(0.02, 0.072, 0.60, (0.20 * wide, 0.066, 0.125), material)
    if look.barefoot:
        for i, (x, z, r) in enumerate(((-0.11, 0.67, 0.062), (-0.02, 0.66, 0.045), (0.05, 0.63, 0.042),
                                       (0.115, 0.595, 0.04), (0.175, 0.55, 0.038))):
            blob(x, r * 0.9, z, (r, r * 0.85, r * (1.5 if i == 0 else 1.3)), material)
        return
    # The sole: a thin slab a little wider than the shoe.
    canvas.limb(camera, place(0, 0.03 * length, -0.14 * length), place(0.02 * length, 0.03 * length, 0.60 * length),
                frame[:, 0], [0, 0.3, 0.7, 1],
                [0.16 * length, 0.16 * length, 0.24 * length, 0.205 * length], [0.032 * length] * 4, part, look.sole)
    blob(0, 0.03, -0.14, (0.16, 0.032, 0.135), look.sole)
    blob(0.02, 0.03, 0.60, (0.205, 0.032, 0.135), look.sole)
