"""Head in its own frame (x to the person's left, y up, z to the front; origin
between the ears at eye height) and the 68 face points on its surface."""

import numpy as np

from .parts import PART

# Centre and semi-axes of the skull and of the face below it.
SKULL = (np.array([0, 0.016, -0.010]), np.array([0.0450, 0.0495, 0.0540]))
FACE = (np.array([0, -0.018, 0.008]), np.array([0.0395, 0.0470, 0.0405]))
CHEEK = 0.0410  # face template unit across
TALL = 0.0495  # face template unit downwards
NOSE_TIP = np.array([0, -0.0245, 0.0535])
NOSE_RADIUS = 0.0076


def template(look):
    """Face points in the plane: x to the viewer's right, y down, 0 between the eyes."""
    jaw_x = [1.0, 0.985, 0.95, 0.885, 0.78, 0.635, 0.45, 0.235]
    jaw_y = [-0.06, 0.18, 0.42, 0.64, 0.84, 1.01, 1.15, 1.245]
    points = np.zeros((68, 2))
    points[0:8] = np.stack([-np.array(jaw_x), jaw_y], 1)
    points[8] = (0, 1.285)
    points[9:17] = points[0:8][::-1] * [-1, 1]
    points[17:22] = [(-0.80, -0.27), (-0.66, -0.40), (-0.49, -0.44), (-0.31, -0.41), (-0.15, -0.34)]
    points[22:27] = points[17:22][::-1] * [-1, 1]
    points[27:31] = [(0, -0.02), (0, 0.16), (0, 0.33), (0, 0.495)]
    points[31:36] = [(-0.22, 0.60), (-0.11, 0.635), (0, 0.655), (0.11, 0.635), (0.22, 0.60)]
    points[36:42] = [(-0.62, 0.0), (-0.51, -0.085), (-0.36, -0.085), (-0.25, 0.02), (-0.36, 0.07), (-0.50, 0.07)]
    points[42:48] = points[[39, 38, 37, 36, 41, 40]] * [-1, 1]
    points[48:60] = [(-0.42, 0.89), (-0.27, 0.825), (-0.10, 0.79), (0, 0.805), (0.10, 0.79), (0.27, 0.825),
                     (0.42, 0.89), (0.27, 0.985), (0.12, 1.025), (0, 1.03), (-0.12, 1.025), (-0.27, 0.985)]
    points[60:68] = [(-0.35, 0.892), (-0.12, 0.87), (0, 0.876), (0.12, 0.87), (0.35, 0.892),
                     (0.12, 0.915), (0, 0.92), (-0.12, 0.915)]
    corners, wide = [48, 54, 60, 64], 1 + 0.12 * look.smile
    points[48:68, 0] *= wide
    points[corners, 1] -= 0.05 * look.smile
    drop = 0.16 * min(look.mouth_open, 1.2)
    points[[55, 56, 57, 58, 59], 1] += drop * np.array([0.8, 1, 1, 1, 0.8])
    points[[65, 66, 67], 1] += drop
    return points


def _exit(origin, direction, centre, axes):
    """Far distance at which a ray leaves an ellipsoid, or 0."""
    o, d = (origin - centre) / axes, direction / axes
    b, a, c = o @ d, d @ d, o @ o - 1
    root = b * b - a * c
    return (-b + np.sqrt(root)) / a if root > 0 else 0.0


def on_surface(point, start=np.array([0, -0.006, 0.0])):
    """The point of the head's surface seen from inside in that direction."""
    direction = point - start
    far = max(_exit(start, direction, *SKULL), _exit(start, direction, *FACE))
    return start + direction * far


def _front(x, y):
    """Foremost point of the head over (x, y)."""
    best = None
    for centre, axes in (SKULL, FACE):
        rest = 1 - ((x - centre[0]) / axes[0]) ** 2 - ((y - centre[1]) / axes[1]) ** 2
        if rest > 0:
            z = centre[2] + axes[2] * np.sqrt(rest)
            best = z if best is None else max(best, z)
    return on_surface(np.array([x, y, 0.0])) if best is None else np.array([x, y, best])


def surface_normal(point):
    """Outward direction of the skull or face at a surface point."""
    normals = []
    for centre, axes in (SKULL, FACE):
        inside = np.sum(((point - centre) / axes) ** 2)
        normals.append((abs(inside - 1), (point - centre) / axes**2))
    normal = min(normals, key=lambda item: item[0])[1]
    return normal / np.linalg.norm(normal)


def face_points(look):
    """[68,3] in the head's frame and [68,3] outward normals.

    The viewer's left in the template is the person's right, hence -x first.
    """
    flat = template(look)
    points, normals = np.zeros((68, 3)), np.zeros((68, 3))
    for i, (x, y) in enumerate(flat):
        px, py = x * CHEEK, -y * TALL
        if i < 17:
            aside = min(1.0, abs(x))
            points[i] = on_surface(np.array([px, py, 0.030 * np.sqrt(max(0.0, 1 - aside**2)) + 0.004]))
        else:
            points[i] = _front(px, py)
        normals[i] = surface_normal(points[i])
    bridge = _front(0, 0.02 * TALL)
    tip = NOSE_TIP + np.array([0, 0, NOSE_RADIUS])
    for k, i in enumerate(range(27, 31)):
        points[i] = bridge + (tip - bridge) * (k / 3) ** 1.1
        normals[i] = (0, 0.3, 0.95)
    for i in range(31, 36):
        points[i, 2] = NOSE_TIP[2] - 0.004 - 0.10 * abs(points[i, 0])
        points[i, 1] = NOSE_TIP[1] - 0.0075 + abs(points[i, 0]) * 0.2
        normals[i] = (points[i, 0] * 60, -0.4, 0.85)
    if look.mouth_open > 0:
        points[7:10, 1] -= 0.004 * min(look.mouth_open, 1.0)
    return points, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def eye_centres(points):
    """Centre of the person's left and right eye."""
    return points[42:48].mean(0), points[36:42].mean(0)


EARS = {1: np.array([0.0455, -0.008, -0.006]), -1: np.array([-0.0455, -0.008, -0.006])}


def draw_head(canvas, camera, origin, frame, scale, look):
    """Skull, face, nose and ears; hair and hat lie in `hair`."""
    def place(point):
        return origin + frame @ (np.asarray(point, float) * scale)

    def axes(sizes):
        return [frame[:, i] * size * scale for i, size in enumerate(sizes)]

    for centre, size in (SKULL, FACE):
        canvas.ellipsoid(camera, place(centre), axes(size), PART["head"], look.skin)
    bridge = place(_front(0, 0.02 * TALL) - np.array([0, 0, 0.006]))
    tip = place(NOSE_TIP)
    canvas.limb(camera, bridge, tip, frame[:, 0], [0, 0.5, 1],
                [0.0050 * scale, 0.0060 * scale, NOSE_RADIUS * scale],
                [0.0060 * scale, 0.0066 * scale, NOSE_RADIUS * scale], PART["nose"], look.skin)
    canvas.ellipsoid(camera, tip, axes((NOSE_RADIUS,) * 3), PART["nose"], look.skin)
    for side in (1, -1):
        wing = np.array([side * 0.0078, NOSE_TIP[1] - 0.0015, NOSE_TIP[2] - 0.008])
        canvas.ellipsoid(camera, place(wing), axes((0.0052, 0.0058, 0.0075)), PART["nose"], look.skin)
        ear = PART["ear_left" if side > 0 else "ear_right"]
        canvas.ellipsoid(camera, place(EARS[side]), axes((0.0048, 0.0165, 0.0095)), ear, look.skin)
