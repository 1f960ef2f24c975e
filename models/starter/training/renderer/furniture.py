"""Seats in the person's own depth buffer, so that legs and seat hide each other."""

import cv2
import numpy as np

from .parts import PART


def draw_face(canvas, camera, corners, material):
    """One flat four-cornered face."""
    pixels = camera.project(corners)
    local = np.round((pixels[:, :2] - [canvas.left, canvas.top]) * 16)
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(local.astype(np.int32)), 1, cv2.LINE_8, 4)
    if not mask.any():
        return
    system = np.concatenate([pixels[:, :2], np.ones((4, 1))], 1)
    plane = np.linalg.lstsq(system, pixels[:, 2], rcond=None)[0]
    rows, columns = np.nonzero(mask)
    depth = plane[0] * (columns + canvas.left) + plane[1] * (rows + canvas.top) + plane[2]
    normal = np.cross(camera.direction(corners[1] - corners[0]), camera.direction(corners[3] - corners[0]))
    normal = normal / (np.linalg.norm(normal) + 1e-9)
    normal = normal if normal[2] > 0 else -normal
    normal = np.broadcast_to(normal.astype(np.float32), (len(rows), 3))
    scale = 1 / canvas.body_pixels
    canvas.store(rows * canvas.width + columns, depth.astype(np.float32), normal, columns * scale * 3, rows * scale,
                 PART["object"], material)


def draw_box(canvas, camera, centre, sizes, frame, material):
    half = np.asarray(sizes) / 2
    corners = {}
    for sx in (-1, 1):
        for sy in (-1, 1):
            for sz in (-1, 1):
                corners[sx, sy, sz] = centre + frame @ (half * [sx, sy, sz])
    for axis in range(3):
        for sign in (-1, 1):
            ring = []
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                index = [a, b]
                index.insert(axis, sign)
                ring.append(corners[tuple(index)])
            outward = frame[:, axis] * sign
            if (camera.rotation @ outward)[2] > -0.25:
                draw_face(canvas, camera, np.array(ring), material)


def draw_seat(canvas, camera, rig, kind, ground, material, width):
    """A chair, stool or block under the pelvis, down to the ground."""
    frame = rig.frames["yaw"]
    hip = rig.joints["pelvis"]
    top = hip[1] - 0.068 * rig.body.bulk
    height = top - ground
    if kind == "none" or height < 0.06:
        return
    middle = np.array([hip[0], 0, hip[2]]) + frame[:, 2] * 0.03
    at = lambda x, y, z: middle + frame @ np.array([x, 0, z]) + np.array([0, y, 0])
    if kind == "box":
        draw_box(canvas, camera, at(0, (top + ground) / 2, -0.02), (width, height, 0.28), frame, material)
        return
    draw_box(canvas, camera, at(0, top - 0.012, 0), (0.25, 0.024, 0.25), frame, material)
    for x in (-0.11, 0.11):
        for z in (-0.11, 0.11):
            draw_box(canvas, camera, at(x, (top + ground) / 2 - 0.012, z), (0.018, height - 0.02, 0.018), frame, material)
    if kind == "chair":
        draw_box(canvas, camera, at(0, top + 0.17, -0.135), (0.25, 0.22, 0.018), frame, material)
        for x in (-0.11, 0.11):
            draw_box(canvas, camera, at(x, top + 0.05, -0.135), (0.018, 0.12, 0.018), frame, material)
