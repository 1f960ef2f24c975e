"""Hair and hats as shells around the skull that leave the face free."""

import numpy as np

from .parts import PART


def draw_hair(canvas, camera, origin, frame, scale, look, chest):
    def place(point):
        return origin + frame @ (np.asarray(point, float) * scale)

    def axes(sizes):
        return [frame[:, i] * size * scale for i, size in enumerate(sizes)]

    def blob(centre, size, part="hair", material=None):
        canvas.ellipsoid(camera, place(centre), axes(size), PART[part], material or look.hair)

    style = look.style
    covered = look.hat_style != "none"
    if style != "bald":
        thick = {"crop": 0.0, "short": 0.002, "afro": 0.004}.get(style, 0.003)
        blob((0, 0.022, -0.016), (0.0465 + thick, 0.0500 + thick, 0.0540 + thick))
        blob((0, -0.010, -0.030), (0.0420 + thick, 0.0420, 0.0370 + thick))
        if style in ("short", "long", "bob", "tail") and not covered:
            blob((0.010, 0.052, 0.012), (0.034, 0.016, 0.034))
    if style == "afro" and not covered:
        blob((0, 0.038, -0.024), (0.068, 0.062, 0.060))
        blob((0, 0.005, -0.040), (0.062, 0.052, 0.046))
    if style in ("long", "bob"):
        length = 0.045 if style == "bob" else 0.105
        blob((0, -0.020, -0.034), (0.052, 0.058, 0.036))
        for side in (1, -1):
            top, low = place((side * 0.043, 0.022, -0.014)), place((side * 0.047, -0.02, -0.016))
            end = low + (chest[:, 1] * -length + frame[:, 0] * side * 0.004 + chest[:, 2] * -0.004) * scale
            canvas.limb(camera, top, low, frame[:, 2], [0, 1], [0.022 * scale, 0.024 * scale],
                        [0.012 * scale, 0.014 * scale], PART["hair"], look.hair)
            canvas.limb(camera, low, end, frame[:, 2], [0, 0.7, 1], [0.024 * scale, 0.022 * scale, 0.012 * scale],
                        [0.014 * scale, 0.014 * scale, 0.006 * scale], PART["hair"], look.hair)
            canvas.ellipsoid(camera, low, axes((0.014, 0.014, 0.024)), PART["hair"], look.hair)
        back = place((0, -0.03, -0.045))
        canvas.limb(camera, back, back + chest[:, 1] * -length * scale, frame[:, 0], [0, 0.8, 1],
                    [0.046 * scale, 0.044 * scale, 0.03 * scale], [0.022 * scale, 0.016 * scale, 0.006 * scale],
                    PART["hair"], look.hair)
    if style == "bun" and not covered:
        blob((0, 0.058, -0.048), (0.024, 0.022, 0.024))
    if style == "tail":
        knot = place((0, 0.028, -0.068))
        end = knot + (chest[:, 1] * -0.10 + chest[:, 2] * -0.02) * scale
        blob((0, 0.026, -0.066), (0.016, 0.016, 0.014))
        canvas.limb(camera, knot, end, frame[:, 0], [0, 0.4, 1], [0.012 * scale, 0.020 * scale, 0.005 * scale],
                    [0.012 * scale, 0.016 * scale, 0.005 * scale], PART["hair"], look.hair)
    _draw_hat(blob, canvas, camera, frame, scale, look, place, axes)


def _draw_hat(blob, canvas, camera, frame, scale, look, place, axes):
    if look.hat_style == "none":
        return
    up = frame[:, 1]
    lift = 0.022 if look.hat_style != "helmet" else 0.012

    def shell(centre, size, cut):
        canvas.ellipsoid(camera, place(centre), axes(size), PART["hat"], look.hat, cut=(up, cut * scale))

    shell((0, 0.022, -0.010), (0.0510, 0.0530, 0.0600), lift - 0.012)
    if look.hat_style == "beanie":
        blob((0, 0.026, -0.012), (0.0525, 0.020, 0.0610), "hat", look.hat)
        blob((0, 0.078, -0.014), (0.012, 0.012, 0.012), "hat", look.hat)
    elif look.hat_style == "cap":
        blob((0, 0.031, 0.058), (0.036, 0.004, 0.036), "hat", look.hat)
    elif look.hat_style == "brim":
        blob((0, 0.034, -0.008), (0.092, 0.005, 0.094), "hat", look.hat)
    elif look.hat_style == "helmet":
        shell((0, 0.024, -0.012), (0.0560, 0.0560, 0.0650), 0.005)
