"""Forward kinematics: a body in a pose becomes joints and bone frames."""

from dataclasses import dataclass, field

import numpy as np

from .hand import hand_joints
from .rotation import about_x, about_y, about_z, frame_along, unit

SIDES = (1, -1)  # left is +x: it appears at the viewer's right in a front view


@dataclass
class Rig:
    body: object
    joints: dict = field(default_factory=dict)
    frames: dict = field(default_factory=dict)
    hands: dict = field(default_factory=dict)


def name(part, side):
    return f"{part}_{'left' if side > 0 else 'right'}"


def _leg(rig, body, leg, side):
    pelvis = rig.frames["pelvis"]
    hip = rig.joints["pelvis"] + pelvis @ np.array([side * body.hip, 0, 0])
    thigh = pelvis @ about_z(side * leg.abduct) @ about_x(-leg.flex) @ about_y(side * leg.twist)
    knee = hip + thigh @ np.array([0, -body.thigh, 0])
    shin = thigh @ about_x(leg.knee)
    ankle = knee + shin @ np.array([0, -body.shin, 0])
    foot = shin @ about_x(leg.ankle)
    for part, point, frame in (("hip", hip, thigh), ("knee", knee, shin), ("ankle", ankle, foot)):
        rig.joints[name(part, side)] = point
        rig.frames[name(part, side)] = frame


def _anchor(rig, body, key, side):
    if key == "hip":
        edge = 0.088 * body.bulk * body.hips_width
        return rig.joints["pelvis"] + rig.frames["pelvis"] @ np.array([side * edge, 0, 0]), rig.frames["pelvis"]
    if key == "knee":
        return rig.joints[name("knee", side)], rig.frames["yaw"]
    if key == "head":
        return rig.joints["head"], rig.frames["head"]
    return rig.joints["waist"] + rig.frames["chest"] @ np.array([0, 0.05, 0.02 * body.bulk]), rig.frames["chest"]


def _reach(rig, body, arm, side, shoulder):
    """Two-bone solution: the wrist at the target, the elbow towards the hint."""
    anchor, offset, hint = arm.reach
    origin, frame = _anchor(rig, body, anchor, side)
    mirror = np.array([side, 1.0, 1.0])
    target = origin + frame @ (np.array(offset) * mirror)
    span = target - shoulder
    longest = 0.995 * (body.upper_arm + body.forearm)
    distance = float(np.clip(np.linalg.norm(span), 0.25 * longest, longest))
    along = unit(span)
    cosine = (body.upper_arm**2 + distance**2 - body.forearm**2) / (2 * body.upper_arm * distance)
    cosine = float(np.clip(cosine, -1, 1))
    out = rig.frames["chest"] @ (np.array(hint) * mirror)
    out = unit(out - along * (out @ along))
    elbow = shoulder + body.upper_arm * (along * cosine + out * np.sqrt(1 - cosine**2))
    wrist = shoulder + along * distance
    bend = wrist - elbow
    upper = frame_along(elbow - shoulder, bend)
    return elbow, upper, frame_along(bend, upper[:, 2])


def _arm(rig, body, arm, side):
    chest = rig.frames["chest"]
    raised = np.clip((max(arm.abduct, arm.flex) - 60) / 110, 0, 1) if arm.reach is None else 0.0
    root = np.array([side * (body.shoulder - 0.018 * raised), body.chest - 0.010 + 0.030 * raised, -0.006])
    shoulder = rig.joints["waist"] + chest @ root
    if arm.reach is None:
        upper = chest @ about_z(side * arm.abduct) @ about_x(-arm.flex) @ about_y(-side * arm.twist)
        elbow = shoulder + upper @ np.array([0, -body.upper_arm, 0])
        fore = upper @ about_x(-arm.elbow)
    else:
        elbow, upper, fore = _reach(rig, body, arm, side, shoulder)
    wrist = elbow + fore @ np.array([0, -body.forearm, 0])
    hand = fore @ about_y(-side * arm.pronate) @ about_z(-side * arm.wrist)
    for part, point, frame in (("shoulder", shoulder, upper), ("elbow", elbow, fore), ("wrist", wrist, hand)):
        rig.joints[name(part, side)] = point
        rig.frames[name(part, side)] = frame
    local = hand_joints(body.hand, side, arm.curl, arm.spread)
    rig.hands[side] = wrist + local @ hand.T


def build_rig(body, pose, yaw):
    """`yaw` turns the person: 0 faces the viewer, 180 shows the back."""
    rig = Rig(body)
    lying = pose.kind == "lying"
    turn = about_y(yaw)
    tilt = about_x(pose.pitch) @ (about_y(pose.roll) if lying else about_z(pose.roll))
    rig.frames["yaw"] = turn
    rig.frames["pelvis"] = turn @ tilt
    rig.joints["pelvis"] = np.zeros(3)
    flex, side_bend, twist = (value / 2 for value in pose.spine)
    half = about_x(flex) @ about_z(side_bend) @ about_y(twist)
    lumbar = rig.frames["pelvis"] @ half
    rig.joints["waist"] = lumbar @ np.array([0, body.lumbar, 0])
    rig.frames["lumbar"] = lumbar
    rig.frames["chest"] = lumbar @ half
    rig.joints["neck"] = rig.joints["waist"] + rig.frames["chest"] @ np.array([0, body.chest + 0.022, -0.008])
    neck = rig.frames["chest"] @ about_x(pose.neck[0]) @ about_z(pose.neck[1]) @ about_y(pose.neck[2])
    rig.frames["head"] = neck
    lift = 0.034 + 0.050 * body.head
    rig.joints["head"] = rig.joints["neck"] + neck @ np.array([0, lift * body.neck / 0.09, 0.014])
    for side, leg in zip(SIDES, pose.legs):
        _leg(rig, body, leg, side)
    for side, arm in zip(SIDES, pose.arms):
        _arm(rig, body, arm, side)
    return rig
