"""One drawn person: pixels, 133 points and what can be seen of them."""

from dataclasses import dataclass

import numpy as np

from .body import sample_body
from .camera import Camera
from .canvas import NOTHING, Canvas
from .face_paint import paint_face
from .feet import foot_points
from .figure import draw_figure, wears_skirt
from .furniture import draw_seat
from .head import EARS, eye_centres, face_points
from .material import Material
from .parts import CARRIERS, FACE_DEPTH, FACE_PARTS, HAND_CARRIERS, PART
from .points import COUNT, FACE, HEAD, INDEX
from .poses import gesture, sample_pose
from .rig import build_rig
from .shading import shade
from .wardrobe import cloth_colour, sample_look

ABSENT, HIDDEN, VISIBLE = 0, 1, 2


@dataclass
class DrawnPerson:
    colour: np.ndarray  # [h,w,3] 0..1
    solid: np.ndarray  # [h,w] body, clothes and seat
    own: np.ndarray  # [h,w] body and clothes only
    left: int
    top: int
    keypoints: np.ndarray  # [133,2]
    visibility: np.ndarray  # [133]
    ground: tuple  # where the shadow lies: x, y, half-width in pixels


def _points_in_space(rig, look):
    """[133,3] and, for the face, outward normals."""
    points = np.zeros((COUNT, 3))
    head, frame, scale = rig.joints["head"], rig.frames["head"], rig.body.head
    face, normals = face_points(look)
    points[list(FACE)] = head + face @ frame.T * scale
    left, right = eye_centres(face)
    points[INDEX["nose"]] = points[23 + 30]
    points[INDEX["left_eye"]] = head + frame @ left * scale
    points[INDEX["right_eye"]] = head + frame @ right * scale
    for side, key in ((1, "left"), (-1, "right")):
        ear = EARS[side] + np.array([side * 0.003, 0, 0.003])
        points[INDEX[f"{key}_ear"]] = head + frame @ ear * scale
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
            points[INDEX[f"{key}_{joint}"]] = rig.joints[f"{joint}_{key}"]
        toes = INDEX[f"{key}_big_toe"]
        points[toes:toes + 3] = foot_points(rig, side, key)
        first = 91 if side > 0 else 112
        points[first:first + 21] = rig.hands[side]
    return points, normals @ frame.T


def _seen(canvas, pixel, allowed, below):
    """Whether the front surface at the point is one that carries it."""
    found = canvas.at(pixel[0], pixel[1])
    if found is None:
        return False
    row, column = found
    for dy, dx in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)):
        r, c = row + dy, column + dx
        if not (0 <= r < canvas.height and 0 <= c < canvas.width):
            continue
        if int(canvas.part[r, c]) in allowed and canvas.depth[r, c] - pixel[2] < below * canvas.body_pixels:
            return True
    return False


def _visibility(canvas, camera, points, pixels, normals):
    seen = np.full(COUNT, HIDDEN, np.uint8)
    for table in (CARRIERS, HAND_CARRIERS):
        for point, (allowed, below) in table.items():
            if _seen(canvas, pixels[point], allowed, below):
                seen[point] = VISIBLE
    towards = normals @ camera.rotation[2]
    for i, point in enumerate(FACE):
        if towards[i] > (-0.05 if i < 17 else 0.03) and _seen(canvas, pixels[point], FACE_PARTS, FACE_DEPTH):
            seen[point] = VISIBLE
    for eye, first in (("left_eye", 42), ("right_eye", 36)):
        if towards[first:first + 6].mean() < 0.08:
            seen[INDEX[eye]] = HIDDEN
    # Hidden face, hands and feet are not worth a guess, nor are head points.
    none = np.ones(COUNT, bool)
    none[5:17] = False
    none[list(HEAD)] = True
    seen[none & (seen == HIDDEN)] = ABSENT
    return seen, towards


def _canvas_window(pixels, body_pixels, width, height):
    margin = 0.14 * body_pixels
    low = np.floor(pixels[:, :2].min(0) - margin).astype(int)
    high = np.ceil(pixels[:, :2].max(0) + margin).astype(int)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = min(high[0], width), min(high[1], height)
    return (x0, y0, x1 - x0, y1 - y0) if x1 > x0 + 2 and y1 > y0 + 2 else None


def sample_yaw(rng):
    kind = rng.random()
    if kind < 0.5:
        return rng.normal(0, 28)
    if kind < 0.78:
        return rng.choice([-1, 1]) * rng.normal(80, 18)
    return 180 + rng.normal(0, 35)


def draw_person(rng, request, width, height, light, default_pitch):
    """`width`, `height`, `request.height` and `centre` in canvas pixels."""
    body = sample_body(rng)
    look = sample_look(rng, body)
    pose = sample_pose(rng, request.pose)
    if request.gestures:
        pose.arms = [gesture(rng, name) for name in request.gestures]
    if request.plain:
        look.hat_style, look.glasses, look.beard = "none", False, 0.0
    yaw = sample_yaw(rng) if request.yaw is None else request.yaw
    pitch = default_pitch if request.pitch is None else request.pitch
    rig = build_rig(body, pose, yaw)
    if look.lower in ("skirt", "dress") and not wears_skirt(rig, look):
        look.lower, look.leg = ("shorts", 0.35) if look.lower == "skirt" else ("trousers", 1.0)
        look.bottom = look.bottom if look.lower == "shorts" else look.top
    points, normals = _points_in_space(rig, look)
    camera = _aim(rng, points, pitch, request)
    pixels = camera.project(points)
    window = _canvas_window(pixels, camera.pixels, width, height)
    seat_colour, seat_width = cloth_colour(rng), rng.uniform(0.3, 0.9)
    gaze = rng.normal(0, 0.35, 2)
    if window is None:
        return None
    canvas = Canvas(*window, camera.pixels)
    ground = float(points[:, 1].min() - 0.012)
    if pose.seat:
        draw_seat(canvas, camera, rig, pose.seat, ground, Material(seat_colour, noise=look.skin.noise, mottle=0.06), seat_width)
    draw_figure(canvas, camera, rig, look)
    visibility, towards = _visibility(canvas, camera, points, pixels, normals)
    paint_face(canvas, camera, pixels[list(FACE), :2], towards, look, gaze)
    solid = canvas.part != NOTHING
    own = solid & (canvas.part != PART["object"])
    floor = camera.project(np.array([[points[:, 0].mean(), ground - pose.airborne, points[:, 2].mean()]]))[0]
    extent = 0.5 * np.ptp(pixels[5:23, 0]) + 0.06 * camera.pixels
    return DrawnPerson(shade(canvas, light), solid, own, canvas.left, canvas.top, pixels[:, :2], visibility,
                       (floor[0], floor[1], extent))


def _aim(rng, points, pitch, request):
    """A camera that shows the figure in the wanted size at the wanted place."""
    middle = (points.min(0) + points.max(0)) / 2
    roll = rng.normal(0, 3) if not request.plain else 0.0
    camera = Camera(middle, pitch, roll, rng.uniform(2.2, 6.0), 1.0, (0.0, 0.0))
    flat = camera.project(points)
    span = np.ptp(flat[:, 1]) + 0.085
    # A lying or bent person keeps the size of the limbs, not of the outline.
    span = max(span, 0.85 * np.ptp(flat[:, 0]), 0.55)
    camera.pixels = request.height / span
    camera.centre = (0.0, 0.0)
    flat = camera.project(points)
    shift = (flat[:, :2].min(0) + flat[:, :2].max(0)) / 2
    camera.centre = (request.centre[0] - shift[0], request.centre[1] - shift[1] + 0.02 * camera.pixels)
    return camera
