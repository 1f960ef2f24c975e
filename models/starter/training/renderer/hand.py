"""Hands: 21 joints and the drawn palm and fingers.

Local frame: -y along the fingers, z to the thumb, the palm faces -side * x.
"""

import numpy as np

from .rotation import about_x, about_z

# Knuckle positions and finger lengths as shares of the hand's length.
_KNUCKLES = {1: (-0.50, 0.150), 2: (-0.52, 0.045), 3: (-0.49, -0.055), 4: (-0.44, -0.145)}
_LENGTHS = {1: (0.23, 0.14, 0.10), 2: (0.26, 0.16, 0.11), 3: (0.24, 0.15, 0.10), 4: (0.18, 0.11, 0.09)}
_FAN = {1: 1.0, 2: 0.25, 3: -0.45, 4: -1.25}
_CURLS = (80.0, 100.0, 65.0)


def hand_joints(length, side, curl, spread):
    """The 21 joints relative to the wrist, in the hand's own frame."""
    joints = np.zeros((21, 3))
    # The thumb leaves the palm near the wrist and folds across it.
    position = np.array([-side * 0.05, -0.17, 0.13])
    base = about_z(-side * (12 + 25 * curl[0])) @ about_x(-(48 - 26 * curl[0]))
    joints[1] = position
    frame = base
    for i, (share, bend) in enumerate(zip((0.24, 0.19, 0.15), (0.0, 28.0, 55.0))):
        frame = frame @ about_x(bend * (0.15 + curl[0]) * 0.9) @ about_z(-side * bend * 0.35 * curl[0])
        position = position + frame @ np.array([0, -share, 0])
        joints[2 + i] = position
    for finger, (down, across) in _KNUCKLES.items():
        position = np.array([0.0, down, across])
        joints[1 + 4 * finger] = position
        frame = about_x(-_FAN[finger] * spread * (1 - 0.8 * min(1, curl[finger])))
        for i, share in enumerate(_LENGTHS[finger]):
            frame = frame @ about_z(-side * _CURLS[i] * curl[finger])
            position = position + frame @ np.array([0, -share, 0])
            joints[2 + 4 * finger + i] = position
    return joints * length


def draw_hand(canvas, camera, joints, frame, side, length, part, material, nail):
    """Palm as a flat limb, fingers as capsules with pads and nails."""
    across = frame[:, 2]
    normal = frame[:, 0]
    root, knuckles = joints[0], joints[[5, 9, 13, 17]]
    middle = (knuckles[1] * 0.6 + knuckles[2] * 0.4)
    canvas.limb(camera, root, middle, across, [0, 0.35, 0.75, 1],
                [0.15 * length, 0.19 * length, 0.215 * length, 0.20 * length],
                [0.115 * length, 0.12 * length, 0.10 * length, 0.085 * length], part, material)
    canvas.ellipsoid(camera, root, [across * 0.15 * length, normal * 0.115 * length,
                                    frame[:, 1] * 0.12 * length], part, material)
    canvas.ellipsoid(camera, middle, [across * 0.20 * length, normal * 0.085 * length,
                                      frame[:, 1] * 0.07 * length], part, material)
    # Ball of the thumb.
    canvas.capsule(camera, root * 0.5 + joints[1] * 0.5, joints[2], 0.10 * length, 0.075 * length, part, material)
    thick = {0: (0.078, 0.070, 0.058), 1: (0.062, 0.056, 0.048), 2: (0.064, 0.058, 0.049),
             3: (0.061, 0.055, 0.047), 4: (0.053, 0.047, 0.041)}
    for finger in range(5):
        chain = joints[1 + 4 * finger: 5 + 4 * finger]
        radii = [r * length for r in thick[finger]]
        for i in range(3):
            end = radii[min(i + 1, 2)] if i < 2 else radii[2] * 0.85
            tip = chain[i + 1]
            if i == 2:
                # The label is the finger's very end; keep the rounding inside it.
                tip = chain[3] - (chain[3] - chain[2]) / (np.linalg.norm(chain[3] - chain[2]) + 1e-9) * end * 0.7
            canvas.capsule(camera, chain[i], tip, radii[i], end, part, material, open_end=i < 2)
        if nail is not None and radii[2] * canvas.body_pixels > 1.5:
            direction = chain[3] - chain[2]
            direction = direction / (np.linalg.norm(direction) + 1e-9)
            back = normal * side
            back = back - direction * (back @ direction)
            back = back / (np.linalg.norm(back) + 1e-9)
            spot = chain[3] - direction * radii[2] * 1.0 + back * radii[2] * 0.45
            canvas.ellipsoid(camera, spot, [direction * radii[2] * 0.8, back * radii[2] * 0.5,
                                            np.cross(direction, back) * radii[2] * 0.65], part, nail)
