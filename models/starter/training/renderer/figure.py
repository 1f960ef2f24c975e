"""Draws one person's trunk, limbs and clothes into a canvas."""

import numpy as np

from .feet import draw_foot
from .hair import draw_hair
from .hand import draw_hand
from .head import draw_head
from .material import Material
from .parts import PART
from .rig import SIDES
from .rotation import unit

HALF_TURN = np.pi
# Where a full-length sleeve or trouser leg ends and hangs a little wider.
HEMS = {PART[f"{part}_{side}"] for part in ("forearm", "shin") for side in ("left", "right")}


def _key(side):
    return "left" if side > 0 else "right"


def _trunk(canvas, camera, rig, look):
    body, b = rig.body, rig.body.bulk
    pelvis, lumbar, chest = rig.frames["pelvis"], rig.frames["lumbar"], rig.frames["chest"]
    hip, waist = rig.joints["pelvis"], rig.joints["waist"]
    belly, broad = 0.028 * body.belly, body.shoulder / 0.105
    low = look.bottom if look.lower != "dress" else look.top
    w = 0.074 * body.waist * b
    canvas.limb(camera, hip - pelvis[:, 1] * 0.055, hip + pelvis[:, 1] * 0.035, pelvis[:, 0], [0, 0.5, 1],
                [0.062 * b, 0.089 * b * body.hips_width, 0.090 * b * body.hips_width],
                [0.050 * b, 0.064 * b, 0.064 * b], PART["pelvis"], low, around=HALF_TURN)
    for side in SIDES:
        seat = hip + pelvis @ np.array([side * 0.040 * b * body.hips_width, -0.030, -0.028 * b])
        canvas.ellipsoid(camera, seat, [pelvis[:, 0] * 0.050 * b * body.hips_width, pelvis[:, 1] * 0.058,
                                        pelvis[:, 2] * 0.050 * b], PART["pelvis"], low)
    belt = hip + pelvis[:, 1] * 0.030
    canvas.limb(camera, belt, waist, lumbar[:, 0], [0, 0.35, 1],
                [0.092 * b * body.hips_width, 0.5 * (0.09 * b * body.hips_width + w), w],
                [0.066 * b, 0.064 * b + belly * 0.7, 0.058 * b + belly], PART["torso"], look.top, around=HALF_TURN)
    canvas.ellipsoid(camera, waist, [lumbar[:, 0] * w, lumbar[:, 1] * 0.05, lumbar[:, 2] * (0.058 * b + belly)],
                     PART["torso"], look.top)
    if body.belly > 0.1:
        canvas.ellipsoid(camera, waist - lumbar[:, 1] * 0.035 + lumbar[:, 2] * belly * 1.1,
                         [lumbar[:, 0] * w, lumbar[:, 1] * 0.075, lumbar[:, 2] * (0.06 * b + belly)],
                         PART["torso"], look.top)
    top = waist + chest[:, 1] * (body.chest + 0.012)
    canvas.limb(camera, waist, top, chest[:, 0], [0, 0.3, 0.6, 0.82, 1],
                [w, 0.083 * broad * b ** 0.7, 0.094 * broad * b ** 0.5, 0.086 * broad * b ** 0.5, 0.044 * broad],
                [0.058 * b + belly, 0.062 * b + belly * 0.5, 0.066 * b, 0.052 * b, 0.034 * b],
                PART["torso"], look.top, shift=0.08, around=HALF_TURN)
    canvas.ellipsoid(camera, top - chest[:, 1] * 0.008, [chest[:, 0] * 0.050 * broad, chest[:, 1] * 0.018,
                                                          chest[:, 2] * 0.038 * b], PART["torso"], look.top)
    for side in SIDES:
        if body.bust > 0:
            breast = waist + chest @ np.array([side * 0.040 * broad, 0.095, 0.036 * b])
            canvas.ellipsoid(camera, breast, [chest[:, 0] * 0.043, chest[:, 1] * 0.044,
                                              chest[:, 2] * (0.024 + 0.014 * body.bust)], PART["torso"], look.top)
        shoulder = rig.joints[f"shoulder_{_key(side)}"]
        slope = look.top if look.sleeve > 0 else look.skin
        canvas.capsule(camera, top - chest[:, 1] * 0.006 + chest[:, 0] * side * 0.018, shoulder, 0.026 * b**0.5,
                       0.0315 * b**0.6, PART["torso"], slope if look.sleeve > 0 else look.top)
    neck, head = rig.joints["neck"], rig.joints["head"]
    r = 0.0315 * b**0.4 * (0.5 + 0.5 * body.head) * (0.9 if body.bust else 1.0)
    axis = head - neck
    canvas.capsule(camera, neck - unit(axis) * 0.02 - chest[:, 2] * 0.004, neck + axis * 0.75, r * 1.08, r, PART["neck"],
                   look.skin)
    if look.collar > 0.55:
        canvas.limb(camera, neck - unit(axis) * 0.012, neck + unit(axis) * (0.012 if look.collar < 0.85 else 0.035),
                    chest[:, 0], [0, 1], [r * 1.35, r * 1.18], [r * 1.35, r * 1.18], PART["torso"], look.top)


def _covered(canvas, camera, start, end, stops, radii, part, skin, cloth, cover, loose, across):
    """A limb of skin with a sleeve or trouser leg over its first `cover` share."""
    radii, stops = np.asarray(radii, float), np.asarray(stops, float)
    if cover < 1:
        canvas.limb(camera, start, end, across, stops, radii, radii, part, skin)
    if cover > 0:
        ends = np.unique(np.concatenate([stops[stops < cover], [cover]]))
        sizes = np.interp(ends, stops, radii) * loose + 0.002
        if cover < 1 or part in HEMS:
            sizes[-1] = max(sizes[-1], sizes[-1] * 0.6 + sizes.max() * 0.4 * (loose - 0.4))
        canvas.limb(camera, start, start + (end - start) * cover, across, ends / cover, sizes, sizes, part, cloth)
        return sizes[-1]
    return radii[-1]


def _arm(canvas, camera, rig, side, look):
    body, b, key = rig.body, rig.body.bulk**0.8, _key(side)
    shoulder, elbow, wrist = (rig.joints[f"{j}_{key}"] for j in ("shoulder", "elbow", "wrist"))
    thin = 0.88 if body.bust else 1.0
    upper = np.array([0.031, 0.033, 0.030, 0.025]) * b * thin
    lower = np.array([0.025, 0.027, 0.022, 0.0165]) * b * thin
    share = body.upper_arm / (body.upper_arm + body.forearm)
    across = rig.frames[f"shoulder_{key}"][:, 0]
    first = float(np.clip(look.sleeve / share, 0, 1))
    second = float(np.clip((look.sleeve - share) / (1 - share), 0, 1))
    loose = 0.97 + 0.45 * (look.loose - 1) * 2
    part = PART[f"upper_arm_{key}"]
    canvas.ball(camera, shoulder, upper[0] * (loose if first > 0 else 1), part, look.top if first > 0 else look.skin)
    _covered(canvas, camera, shoulder, elbow, [0, 0.3, 0.6, 1], upper, part, look.skin, look.top, first, loose, across)
    bent = look.top if first >= 1 else look.skin
    canvas.ball(camera, elbow, upper[3] * (loose if first >= 1 else 1) * 1.01, part, bent)
    part = PART[f"forearm_{key}"]
    _covered(canvas, camera, elbow, wrist, [0, 0.3, 0.65, 1], lower, part, look.skin, look.top, second, loose,
             rig.frames[f"elbow_{key}"][:, 0])
    canvas.ball(camera, wrist, 0.0165 * b * thin, PART[f"hand_{key}"], look.skin)
    nail = Material(np.clip(np.asarray(look.skin.colour) * [1.08, 1.0, 1.0] + 0.05, 0, 1), gloss=0.4)
    material = look.gloves or look.skin
    draw_hand(canvas, camera, rig.hands[side], rig.frames[f"wrist_{key}"], side, body.hand, PART[f"hand_{key}"],
              material, None if look.gloves else nail)


def _leg(canvas, camera, rig, side, look):
    body, b, key = rig.body, rig.body.bulk**0.85, _key(side)
    hip, knee, ankle = (rig.joints[f"{j}_{key}"] for j in ("hip", "knee", "ankle"))
    thigh = np.array([0.049, 0.053, 0.047, 0.036]) * b
    shin = np.array([0.0355, 0.0395, 0.030, 0.0215]) * b
    share = body.thigh / (body.thigh + body.shin)
    covered = look.leg if look.lower in ("trousers", "shorts") else 0.0
    if look.lower in ("skirt", "dress"):
        covered = 0.10
    first, second = float(np.clip(covered / share, 0, 1)), float(np.clip((covered - share) / (1 - share), 0, 1))
    cloth = look.top if look.lower == "dress" else look.bottom
    across = rig.frames[f"hip_{key}"][:, 0]
    part = PART[f"thigh_{key}"]
    loose = look.loose if first > 0 else 1.0
    canvas.ball(camera, hip, thigh[0] * min(loose, 1.12), part, cloth)
    _covered(canvas, camera, hip, knee, [0, 0.25, 0.6, 1], thigh, part, look.skin, cloth, first, min(loose, 1.2), across)
    canvas.ball(camera, knee, thigh[3] * (min(loose, 1.2) if first >= 1 else 1), part, cloth if first >= 1 else look.skin)
    part = PART[f"shin_{key}"]
    _covered(canvas, camera, knee, ankle, [0, 0.27, 0.65, 1], shin, part, look.skin, cloth, second, min(loose, 1.2),
             rig.frames[f"knee_{key}"][:, 0])
    canvas.ball(camera, ankle, shin[3] * 1.05, PART[f"foot_{key}"], look.socks or look.skin)
    if look.socks is not None and second < 0.95:
        canvas.limb(camera, knee + (ankle - knee) * 0.72, ankle, rig.frames[f"knee_{key}"][:, 0], [0, 1],
                    [0.029 * b, 0.0235 * b], [0.029 * b, 0.0235 * b], part, look.socks)
    draw_foot(canvas, camera, rig, side, key, look)


def _skirt(canvas, camera, rig, look):
    """A cone from the waist to the hem, wide enough for both legs."""
    body, b = rig.body, rig.body.bulk
    pelvis = rig.frames["pelvis"]
    share = body.thigh / (body.thigh + body.shin)
    hems = []
    for side in SIDES:
        key = _key(side)
        hip, knee, ankle = (rig.joints[f"{j}_{key}"] for j in ("hip", "knee", "ankle"))
        first = min(1.0, look.leg / share)
        point = hip + (knee - hip) * first
        if look.leg > share:
            point = point + (ankle - knee) * (look.leg - share) / (1 - share)
        hems.append(point)
    start = rig.joints["pelvis"] + pelvis[:, 1] * 0.035
    end = (hems[0] + hems[1]) / 2
    axis = unit(end - start)
    across = unit(pelvis[:, 0] - axis * (pelvis[:, 0] @ axis))
    beside = np.cross(axis, across)
    apart = hems[0] - hems[1]
    flare = 0.02 + 0.05 * (look.loose - 1.03) / 0.3
    wide = abs(apart @ across) / 2 + 0.050 * b + flare
    deep = abs(apart @ beside) / 2 + 0.050 * b + flare
    material = look.top if look.lower == "dress" else look.bottom
    canvas.limb(camera, start, end, across, [0, 0.25, 1], [0.088 * b * body.hips_width, 0.100 * b * body.hips_width, wide],
                [0.068 * b, 0.090 * b, max(deep, 0.075 * b)], PART["skirt"], material)


def wears_skirt(rig, look):
    """Legs far apart or folded would leave a cone; such people wear shorts."""
    if look.lower not in ("skirt", "dress"):
        return False
    knees = rig.joints["knee_left"] - rig.joints["knee_right"]
    bent = [rig.frames[f"knee_{k}"][:, 1] @ rig.frames[f"hip_{k}"][:, 1] for k in ("left", "right")]
    return np.linalg.norm(knees) < 0.25 and min(bent) > (-0.2 if look.leg < 0.5 else 0.8)


def draw_figure(canvas, camera, rig, look):
    """The whole person except the painted face."""
    head, frame = rig.joints["head"], rig.frames["head"]
    _trunk(canvas, camera, rig, look)
    for side in SIDES:
        _leg(canvas, camera, rig, side, look)
        _arm(canvas, camera, rig, side, look)
    if wears_skirt(rig, look):
        _skirt(canvas, camera, rig, look)
    draw_head(canvas, camera, head, frame, rig.body.head, look)
    draw_hair(canvas, camera, head, frame, rig.body.head, look, rig.frames["chest"])
