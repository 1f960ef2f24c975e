"""Draws samples, labels and predictions side by side, to be looked at.

    contact_sheet.py pose|detector out.png [--augmented] [--model FILE.onnx] [--rows N]
"""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path

import cv2
import numpy as np

from detector_samples import PERSON
from keypoints import BODY, FACE, FEET, LEFT_HAND

LINKS = [(15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
         (7, 9), (8, 10), (0, 1), (0, 2), (1, 3), (2, 4), (15, 17), (16, 20)]
HERE = Path(__file__).resolve().parent


def colour(point: int) -> tuple[int, int, int]:
    """RGB: left green, right orange, middle blue, so that a wrong exchange is seen at once."""
    if point in BODY or point in FEET:
        left = point in (1, 3, 5, 7, 9, 11, 13, 15, 17, 18, 19)
        return (51, 153, 255) if point == 0 else (0, 255, 0) if left else (255, 128, 0)
    if point in FACE:
        return (255, 255, 255) if point < 40 else (255, 0, 255)
    return (0, 255, 200) if point in LEFT_HAND else (255, 60, 60)


def draw_person(picture: np.ndarray, points: np.ndarray, weight: np.ndarray) -> np.ndarray:
    zoom = 2
    canvas = cv2.resize(picture, None, fx=zoom, fy=zoom)
    place = [tuple(int(v) for v in (p + 0.5) * zoom) for p in points]
    for a, b in LINKS:
        if weight[a] > 0 and weight[b] > 0:
            cv2.line(canvas, place[a], place[b], colour(b), 1, cv2.LINE_AA)
    for point in np.flatnonzero(weight > 0):
        cv2.circle(canvas, place[point], 3 if point < 23 else 1, colour(point), -1, cv2.LINE_AA)
    return canvas


def draw_boxes(picture: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    canvas = picture.copy()
    for x0, y0, x1, y1, kind in boxes:
        shade = (0, 255, 0) if kind == PERSON else (255, 0, 0)
        cv2.rectangle(canvas, (int(x0), int(y0)), (int(x1), int(y1)), shade, 1)
    return canvas


def sheet(pictures: list[np.ndarray], columns: int) -> np.ndarray:
    blank = np.zeros_like(pictures[0])
    pictures = pictures + [blank] * (-len(pictures) % columns)
    rows = [np.concatenate(pictures[i:i + columns], 1) for i in range(0, len(pictures), columns)]
    return np.concatenate(rows)


def chosen(task, augmented: bool, count: int, seed: int) -> list:
    rng = np.random.default_rng(seed)
    if augmented:
        return list(rng.integers(0, task.order.per_pass, count))
    rows = task.validation_rows()
    return [rows[i] for i in rng.permutation(len(rows))[:count]]


def pose_sheet(config: dict, options: argparse.Namespace) -> np.ndarray:
    from train_pose import PoseTask
    task = PoseTask(config)
    session = None
    if options.model:
        from exported_models import PoseModel
        session = PoseModel(options.model)
    pictures = []
    for item in chosen(task, options.augmented, options.rows * 8, options.seed):
        if options.augmented:
            sample = task.sample(int(item))
        else:
            sample = task.augment.plain(task.sources[item[0]], item[1])
        points, weight = sample.points, sample.weight
        if session:
            points, peak = session.window(sample.picture)
            weight = peak > options.threshold
        pictures.append(draw_person(sample.picture, points, weight))
    return sheet(pictures, 8)


def detector_sheet(config: dict, options: argparse.Namespace) -> np.ndarray:
    from train_detector import DetectorTask
    task = DetectorTask(config)
    session = None
    if options.model:
        from exported_models import DetectorModel
        session = DetectorModel(options.model)
    pictures = []
    for item in chosen(task, options.augmented, options.rows * 6, options.seed):
        sample = task.sample(int(item)) if options.augmented else \
            task.augment.plain(task.sources[item[0]], item[1])
        boxes = sample.boxes
        if session:
            found = session.picture(sample.picture)
            found = found[found[:, 4] > options.threshold]
            boxes = np.concatenate([found[:, :4], np.full((len(found), 1), PERSON)], 1)
        pictures.append(draw_boxes(sample.picture, boxes))
    return sheet(pictures, 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("pose", "detector"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--augmented", action="store_true")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--threshold", type=float, default=0.3)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    project = HERE.parents[2]
    parser.add_argument("--data", default=os.environ.get(
        "STARTER_DATA", str(project / "../shared/training")))
    parser.add_argument("--state", default=os.environ.get(
        "STARTER_STATE", str(project / "../starter-training")))
    options = parser.parse_args()
    config = tomllib.loads((HERE / f"{options.kind}.toml").read_text())
    config["folders"] = {"data": options.data, "state": options.state}
    make = pose_sheet if options.kind == "pose" else detector_sheet
    cv2.imwrite(str(options.out), make(config, options)[:, :, ::-1])


if __name__ == "__main__":
    main()
