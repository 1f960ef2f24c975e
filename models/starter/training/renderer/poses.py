"""Poses as joint angles in degrees; arms may instead reach for a target."""

from dataclasses import dataclass, field

import numpy as np

KINDS = {
    "standing": 0.27, "walking": 0.15, "sitting": 0.18, "arms_up": 0.08,
    "sport": 0.13, "bending": 0.05, "lying": 0.04, "crouching": 0.05, "jump": 0.05,
}


@dataclass
class Arm:
    flex: float = 0.0
    abduct: float = 12.0
    twist: float = 0.0
    elbow: float = 15.0
    pronate: float = 20.0
    wrist: float = 0.0
    # (anchor name, offset in body units with x outwards), used instead of angles
    reach: tuple = None
    # 0 = straight fingers, 1 = fist; one value per finger, thumb first
    curl: tuple = (0.2, 0.25, 0.28, 0.3, 0.33)
    spread: float = 5.0


@dataclass
class Leg:
    flex: float = 0.0
    abduct: float = 4.0
    twist: float = 8.0
    knee: float = 4.0
    ankle: float = 0.0


@dataclass
class Pose:
    kind: str
    pitch: float = 0.0
    roll: float = 0.0
    spine: tuple = (3.0, 0.0, 0.0)
    neck: tuple = (0.0, 0.0, 0.0)
    arms: list = field(default_factory=lambda: [Arm(), Arm()])
    legs: list = field(default_factory=lambda: [Leg(), Leg()])
    seat: str = None
    airborne: float = 0.0


def sample_fingers(rng, arm):
    """Open, relaxed, spread, pointing and closed hands."""
    kind = rng.choice(["relaxed", "open", "spread", "fist", "point", "victory", "any"],
                      p=[0.34, 0.2, 0.14, 0.1, 0.08, 0.05, 0.09])
    arm.spread = rng.uniform(2, 7)
    if kind == "relaxed":
        arm.curl = tuple(rng.uniform(0.15, 0.25) + 0.05 * np.arange(5) + rng.normal(0, 0.03, 5))
    elif kind in ("open", "spread"):
        arm.curl = tuple(rng.uniform(0.0, 0.1, 5))
        arm.spread = rng.uniform(9, 16) if kind == "spread" else rng.uniform(2, 6)
    elif kind == "fist":
        arm.curl = tuple(rng.uniform(0.75, 0.95, 5))
    elif kind == "point":
        arm.curl = (0.6, 0.04, 0.85, 0.88, 0.9)
    elif kind == "victory":
        arm.curl, arm.spread = (0.7, 0.03, 0.03, 0.85, 0.88), 11
    else:
        arm.curl = tuple(rng.uniform(0, 0.8, 5))


def gesture(rng, name=None):
    """One arm: what a hand does while the rest of the body stands or sits."""
    name = name or rng.choice(
        ["hang", "hip", "front", "face", "wave", "cross", "pocket", "side", "phone", "behind", "point"],
        p=[0.32, 0.09, 0.13, 0.07, 0.08, 0.05, 0.07, 0.06, 0.06, 0.03, 0.04])
    arm = Arm()
    if name == "hang":
        arm = Arm(flex=rng.normal(3, 10), abduct=abs(rng.normal(11, 6)) + 3, twist=rng.normal(10, 15),
                  elbow=abs(rng.normal(14, 12)) + 3, pronate=rng.normal(25, 20))
    elif name == "hip":
        arm = Arm(reach=("hip", (0.045, 0.07, 0.02), (1.0, 0.1, -0.45)), pronate=rng.normal(60, 20), wrist=30)
    elif name == "front":
        arm = Arm(flex=rng.uniform(20, 75), abduct=rng.uniform(-5, 25), twist=rng.normal(25, 20),
                  elbow=rng.uniform(30, 110), pronate=rng.uniform(-30, 90), wrist=rng.normal(0, 15))
    elif name == "face":
        arm = Arm(reach=("head", (0.035, rng.uniform(-0.10, 0.0), 0.085), (0.5, -1.0, 0.1)), pronate=rng.normal(-30, 20))
    elif name == "phone":
        arm = Arm(reach=("head", (0.075, -0.085, 0.035), (0.6, -1.0, 0.0)), pronate=rng.normal(0, 15))
    elif name == "wave":
        arm = Arm(flex=rng.normal(5, 10), abduct=rng.uniform(70, 120), twist=rng.normal(-90, 10),
                  elbow=rng.uniform(60, 125), pronate=rng.normal(90, 20), wrist=rng.normal(0, 15))
    elif name == "cross":
        arm = Arm(reach=("chest", (-0.045, 0.085, 0.115), (1.0, -0.8, 0.1)), pronate=60)
    elif name == "pocket":
        arm = Arm(reach=("hip", (0.055, -0.01, 0.035), (1.0, 0.0, -0.7)), pronate=20)
    elif name == "side":
        arm = Arm(flex=rng.normal(0, 15), abduct=rng.uniform(55, 100), twist=rng.normal(0, 20),
                  elbow=rng.uniform(2, 40), pronate=rng.uniform(0, 100))
    elif name == "behind":
        arm = Arm(reach=("chest", (0.02, -0.05, -0.10), (1.0, -0.3, -0.6)), pronate=80)
    elif name == "point":
        arm = Arm(flex=rng.uniform(60, 100), abduct=rng.uniform(0, 40), twist=0, elbow=rng.uniform(0, 20), pronate=60)
        arm.curl = (0.6, 0.04, 0.85, 0.88, 0.9)
        return arm
    sample_fingers(rng, arm)
    return arm


def _relaxed_trunk(rng):
    spine = (rng.normal(3, 5), rng.normal(0, 4), rng.normal(0, 6))
    neck = (rng.normal(2, 9), rng.normal(0, 6), rng.normal(0, 18))
    return spine, neck


def _standing(rng, pose):
    bend = abs(rng.normal(0, 8))
    pose.legs = [Leg(flex=rng.normal(0, 4), abduct=abs(rng.normal(4, 4)) + 1, twist=rng.normal(10, 6),
                     knee=abs(rng.normal(3, 4))) for _ in range(2)]
    if rng.random() < 0.35:
        leg = pose.legs[rng.integers(2)]
        leg.flex, leg.knee = leg.flex + bend + 6, leg.knee + 2 * bend + 8
    pose.arms = [gesture(rng) for _ in range(2)]
    if rng.random() < 0.45:
        pose.arms = [gesture(rng, "hang") for _ in range(2)]
    elif rng.random() < 0.12:
        pose.arms = [gesture(rng, "cross") for _ in range(2)]
    elif rng.random() < 0.12:
        pose.arms = [gesture(rng, "hip") for _ in range(2)]


def _walking(rng, pose):
    stride, running = rng.uniform(10, 34), rng.random() < 0.35
    stride = stride + 15 if running else stride
    front = int(rng.integers(2))
    pose.spine = (rng.normal(12 if running else 4, 4), rng.normal(0, 3), rng.normal(0, 8))
    for side in range(2):
        lead = 1 if side == front else -1
        pose.legs[side] = Leg(flex=lead * stride + 4, abduct=rng.normal(2, 2), twist=rng.normal(5, 4),
                              knee=abs(rng.normal(8 if lead > 0 else 22, 8)) + (running and 40 * rng.random()),
                              ankle=rng.normal(0 if lead > 0 else 18, 8))
        arm = Arm(flex=-lead * stride * rng.uniform(0.5, 1.2), abduct=abs(rng.normal(9, 4)) + 4,
                  twist=rng.normal(15, 10), elbow=rng.uniform(75, 115) if running else rng.uniform(8, 45))
        sample_fingers(rng, arm)
        pose.arms[side] = arm
    if not running and rng.random() < 0.3:
        pose.arms[rng.integers(2)] = gesture(rng)


def _sitting(rng, pose):
    pose.seat = str(rng.choice(["chair", "stool", "box", "none"], p=[0.4, 0.2, 0.3, 0.1]))
    pose.spine = (rng.normal(6, 9), rng.normal(0, 4), rng.normal(0, 6))
    pose.pitch = rng.normal(-3, 5)
    base = rng.normal(86, 7)
    spread = abs(rng.normal(8, 8))
    for side in range(2):
        pose.legs[side] = Leg(flex=base + rng.normal(0, 5), abduct=spread + rng.normal(0, 2), twist=rng.normal(4, 6),
                              knee=np.clip(rng.normal(84, 16), 30, 120), ankle=rng.normal(0, 6))
        if rng.random() < 0.55:
            arm = Arm(reach=("knee", (rng.normal(-0.01, 0.01), rng.uniform(0.045, 0.06), rng.uniform(-0.10, 0.0)),
                             (1.0, 0.2, -0.9)), pronate=rng.normal(85, 15))
            sample_fingers(rng, arm)
            pose.arms[side] = arm
        else:
            pose.arms[side] = gesture(rng)
    if rng.random() < 0.12:
        top = int(rng.integers(2))
        pose.legs[top].flex, pose.legs[top].abduct, pose.legs[top].knee = base + 18, -14, 75


def _arms_up(rng, pose):
    _standing(rng, pose)
    for side in range(2):
        if rng.random() < 0.8:
            arm = Arm(flex=rng.normal(20, 30), abduct=rng.uniform(115, 172), twist=rng.normal(-20, 30),
                      elbow=abs(rng.normal(20, 25)), pronate=rng.uniform(-40, 90), wrist=rng.normal(0, 15))
            sample_fingers(rng, arm)
            pose.arms[side] = arm


def _sport(rng, pose):
    pose.spine = (rng.normal(12, 14), rng.normal(0, 12), rng.normal(0, 22))
    pose.pitch, pose.roll = rng.normal(4, 10), rng.normal(0, 8)
    for side in range(2):
        pose.legs[side] = Leg(flex=rng.uniform(-25, 80), abduct=rng.uniform(0, 40), twist=rng.normal(12, 10),
                              knee=rng.uniform(5, 95), ankle=rng.normal(10, 12))
        arm = Arm(flex=rng.uniform(-50, 150), abduct=rng.uniform(5, 95), twist=rng.normal(0, 35),
                  elbow=rng.uniform(5, 110), pronate=rng.uniform(-60, 100), wrist=rng.normal(0, 20))
        sample_fingers(rng, arm)
        pose.arms[side] = arm


def _bending(rng, pose):
    hip = rng.uniform(35, 85)
    pose.pitch = hip
    pose.spine = (rng.uniform(10, 40), rng.normal(0, 6), rng.normal(0, 10))
    pose.neck = (rng.normal(-20, 15), rng.normal(0, 6), rng.normal(0, 10))
    for side in range(2):
        bend = abs(rng.normal(15, 15))
        pose.legs[side] = Leg(flex=hip + bend * 0.6, abduct=rng.uniform(2, 12), twist=6, knee=bend)
        arm = Arm(flex=rng.uniform(50, 120), abduct=rng.uniform(0, 20), twist=rng.normal(10, 15), elbow=rng.uniform(5, 60))
        sample_fingers(rng, arm)
        pose.arms[side] = arm


def _lying(rng, pose):
    pose.pitch = float(rng.choice([-90, 90], p=[0.7, 0.3])) + rng.normal(0, 4)
    pose.roll = rng.choice([0.0, 70.0, -70.0], p=[0.6, 0.2, 0.2]) + rng.normal(0, 8)
    pose.spine = (rng.normal(0, 6), rng.normal(0, 5), rng.normal(0, 6))
    for side in range(2):
        bend = abs(rng.normal(0, 25))
        pose.legs[side] = Leg(flex=bend, abduct=rng.uniform(2, 15), twist=rng.normal(15, 10), knee=bend * 1.8 + 3, ankle=25)
        pose.arms[side] = gesture(rng, "side" if rng.random() < 0.4 else "hang")


def _crouching(rng, pose):
    pose.spine = (rng.normal(15, 8), rng.normal(0, 4), rng.normal(0, 8))
    kneel = rng.random() < 0.5
    down = int(rng.integers(2))
    for side in range(2):
        if kneel and side == down:
            pose.legs[side] = Leg(flex=rng.normal(0, 6), abduct=6, twist=5, knee=rng.normal(92, 6), ankle=35)
        elif kneel:
            pose.legs[side] = Leg(flex=rng.normal(85, 8), abduct=8, twist=5, knee=rng.normal(88, 8))
        else:
            pose.legs[side] = Leg(flex=rng.normal(105, 10), abduct=abs(rng.normal(18, 8)), twist=15,
                                  knee=rng.normal(125, 8), ankle=-22)
        pose.arms[side] = gesture(rng, str(rng.choice(["front", "hang", "face", "point"])))


def _jump(rng, pose):
    _arms_up(rng, pose)
    pose.airborne = rng.uniform(0.05, 0.2)
    for side in range(2):
        bend = rng.uniform(0, 80)
        pose.legs[side] = Leg(flex=bend * rng.uniform(0.3, 0.9), abduct=rng.uniform(3, 30), twist=10, knee=bend, ankle=30)


_SAMPLERS = {
    "standing": _standing, "walking": _walking, "sitting": _sitting, "arms_up": _arms_up, "sport": _sport,
    "bending": _bending, "lying": _lying, "crouching": _crouching, "jump": _jump,
}


def sample_pose(rng, kind=None):
    kind = kind or str(rng.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values())))
    pose = Pose(kind)
    pose.spine, pose.neck = _relaxed_trunk(rng)
    _SAMPLERS[kind](rng, pose)
    return pose
