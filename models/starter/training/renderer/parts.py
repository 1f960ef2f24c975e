"""Numbers of the drawn parts and which of them carry which point."""

from .points import INDEX, LEFT_HAND, RIGHT_HAND

NAMES = (
    "torso", "pelvis", "neck", "head", "nose", "ear_left", "ear_right", "hair", "hat", "glasses",
    "upper_arm_left", "forearm_left", "hand_left", "upper_arm_right", "forearm_right", "hand_right",
    "thigh_left", "shin_left", "foot_left", "thigh_right", "shin_right", "foot_right", "skirt", "object",
)
PART = {name: i for i, name in enumerate(NAMES)}

# For each body and foot point: parts on which it lies, and how far below the
# surface (in statures) it may be and still count as seen.
CARRIERS = {}


def _carry(point, names, depth):
    CARRIERS[INDEX[point]] = (frozenset(PART[n] for n in names), depth)


_carry("nose", ("nose", "head"), 0.014)
for _side in ("left", "right"):
    _carry(f"{_side}_eye", ("head",), 0.012)
    _carry(f"{_side}_ear", (f"ear_{_side}", "head"), 0.028)
    _carry(f"{_side}_shoulder", ("torso", f"upper_arm_{_side}"), 0.085)
    _carry(f"{_side}_elbow", (f"upper_arm_{_side}", f"forearm_{_side}"), 0.055)
    _carry(f"{_side}_wrist", (f"forearm_{_side}", f"hand_{_side}"), 0.040)
    _carry(f"{_side}_hip", ("pelvis", "torso", f"thigh_{_side}", "skirt"), 0.130)
    _carry(f"{_side}_knee", (f"thigh_{_side}", f"shin_{_side}", "skirt"), 0.090)
    _carry(f"{_side}_ankle", (f"shin_{_side}", f"foot_{_side}"), 0.060)
    for _tip in ("big_toe", "small_toe", "heel"):
        _carry(f"{_side}_{_tip}", (f"foot_{_side}",), 0.022)

HAND_CARRIERS = {}
for _points, _side in ((LEFT_HAND, "left"), (RIGHT_HAND, "right")):
    _own = frozenset((PART[f"hand_{_side}"],))
    _root = frozenset((PART[f"hand_{_side}"], PART[f"forearm_{_side}"]))
    for _i, _point in enumerate(_points):
        HAND_CARRIERS[_point] = (_root if _i == 0 else _own, 0.034 if _i < 2 else 0.014)

FACE_PARTS = frozenset((PART["head"], PART["nose"]))
FACE_DEPTH = 0.010
