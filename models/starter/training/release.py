"""From two checkpoints (or exported files) to the files of a version: both ONNX files, starter.json and its figures.

    release.py VERSION --pose POSE_CHECKPOINT --detector DETECTOR_CHECKPOINT [--out FOLDER]

Afterwards `npm run docs` writes the version and the hashes into the documents, and
`npx tap test/starter` prints what the new version reaches (floors: test/starter/targets.ts).

Everything chosen here (the detector's threshold, the points' calibration and threshold) is
chosen on the `val` rows. With --testdata the photos are reported on afterwards, unchanged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import numpy as np

import calibration as calibrate
from detector_network import SIZE
from evaluate import (body_oks, detector_figures, detector_on_val, people_on_val, photo_figures,
                      pose_on_val, pose_val_figures, rounded, task_of, whole_body_figures)
from export import export_detector, export_pose, load_network, samples_seen
from exported_models import DetectorModel, PoseModel
from int8 import milliseconds, quantise
from labelled_photos import read_photos
from model_card import fill
from person_scores import iou_matrix, recall

HERE = Path(__file__).resolve().parent
# The detector may be generous: whoever the pose network cannot place is taken out again.
MOST_BOXES_A_PICTURE = 3.5
NEARLY_THE_BEST = 0.005
# What a point threshold may cost at most on the val rows.
MOST_OKS_LOST, LEAST_RIGHT_KEPT = 0.01, 0.88


def detector_threshold(found: list) -> float:
    """The lowest threshold with at most so many boxes a picture."""
    scores = np.sort(np.concatenate([rows[:, 4] for rows in found]))[::-1]
    place = int(MOST_BOXES_A_PICTURE * len(found))
    lowest = scores[place] if place < len(scores) else 0.1
    return round(float(np.ceil(lowest * 100) / 100), 2)


def person_threshold(found: list, scores: list, people: list, ignored: list) -> float:
    """Least score of a person: of those with nearly the best F1 the highest. Somebody who is not
    there costs an annotator as much as somebody missed. People on ignored areas count neither way."""
    thresholds, figures = np.arange(0, 0.4, 0.005), []
    for threshold in thresholds:
        over = [rows[score >= threshold] for rows, score in zip(found, scores)]
        hit_share = recall(over, people, 0)
        false = sum(false_boxes(*rows) for rows in zip(over, people, ignored))
        hits = hit_share * sum(map(len, people))
        precision = hits / max(1e-9, hits + false)
        figures.append(2 * precision * hit_share / max(1e-9, precision + hit_share))
    nearly = np.flatnonzero(np.array(figures) >= max(figures) - NEARLY_THE_BEST)
    return round(float(thresholds[nearly[-1]]), 3)


def false_boxes(rows: np.ndarray, people: np.ndarray, ignored: np.ndarray) -> int:
    known = np.concatenate([people, ignored])
    if not len(rows) or not len(known):
        return len(rows)
    return int((iou_matrix(rows, known).max(1) < 0.4).sum())


def people_figures(found: list, scores: list, people: list, ignored: list, least: float) -> dict:
    """What the people's threshold does to the boxes over the detector's."""
    figures = {}
    for name, threshold in (("boxes", 0.0), ("people", least)):
        over = [rows[score >= threshold] for rows, score in zip(found, scores)]
        false = sum(false_boxes(*rows) for rows in zip(over, people, ignored))
        figures[name] = {"recall": recall(over, people, 0), "false_per_picture": false / len(over)}
    return figures


def point_threshold(confidence: np.ndarray, found: dict[str, np.ndarray]) -> float:
    """The highest confidence threshold that costs little on the body points."""
    known, right = found["labelled"][:, :17], found["right"][:, :17]
    whole = body_oks(found["terms"], found["labelled"]).mean()
    chosen = 0.0
    for threshold in np.arange(0.05, 0.6, 0.05):
        sure = confidence[:, :17] >= threshold
        lost = whole - body_oks(found["terms"][:, :17] * sure, known).mean()
        if lost <= MOST_OKS_LOST and sure[right].mean() >= LEAST_RIGHT_KEPT:
            chosen = float(threshold)
    return round(chosen, 2)


# An int8 copy that loses more is not shipped.
MOST_LOST_BY_INT8 = 0.01


def int8_copy(kind: str, file: Path, task, before: float, figure) -> tuple[dict | None, dict]:
    """The facts of a copy that is good enough, or None; and how both files compare. `figure` gives
    the number of a file by which the copy is judged; `before` is that of the original."""
    copy = file.with_suffix(".int8.onnx")
    quantise(kind, file, copy, task)
    after = figure(copy)
    ms = milliseconds([file, copy], kind)
    comparison = {"float32": before, "int8": after, "bytes": copy.stat().st_size,
                  "float32_ms": ms[0], "int8_ms": ms[1]}
    if before - after < MOST_LOST_BY_INT8:
        return file_facts(copy), comparison
    copy.unlink()
    return None, comparison


def file_facts(file: Path) -> dict:
    content = file.read_bytes()
    return {"file": file.name, "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--pose", type=Path, required=True)
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent)
    project = HERE.parents[2]
    parser.add_argument("--data", default=os.environ.get(
        "STARTER_DATA", str(project / "../shared/training")))
    parser.add_argument("--state", default=os.environ.get(
        "STARTER_STATE", str(project / "../starter-training")))
    parser.add_argument("--testdata", type=Path)
    parser.add_argument("--mirrored", nargs="*", choices=("pose", "detector"), default=[],
                        help="files that average picture and mirror image, at twice the time")
    options = parser.parse_args()

    networks = {"pose": options.pose, "detector": options.detector}
    # Before anything is written: a file to start from may be the one that is replaced.
    seen = {kind: samples_seen(file) for kind, file in networks.items()}
    networks = {kind: load_network(kind, file) for kind, file in networks.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    pose_file, detector_file = options.out / "pose.onnx", options.out / "detector.onnx"
    export_pose(networks["pose"], pose_file, "pose" in options.mirrored, half=True)
    export_detector(networks["detector"], detector_file, "detector" in options.mirrored, half=True)
    pose, detector = PoseModel(pose_file), DetectorModel(detector_file)

    pose_task = task_of("pose", options.data, options.state)
    found = pose_on_val(pose, pose_task)
    table = calibrate.fit(found["peaks"], found["right"], found["counted"])
    confidence = calibrate.apply(table, found["peaks"])
    task = task_of("detector", options.data, options.state)
    boxes = detector_on_val(detector, task)
    box_threshold = detector_threshold(boxes[0])
    kept, people_scores = people_on_val(boxes[0], pose, task, table, box_threshold)
    least_score = person_threshold(kept, people_scores, *boxes[1:])
    pose_figures = pose_val_figures(found)
    pose_int8, pose_lost = int8_copy(
        "pose", pose_file, pose_task, pose_figures["oks"],
        lambda file: pose_val_figures(pose_on_val(PoseModel(file), pose_task))["oks"])
    detector_int8, detector_lost = int8_copy(
        "detector", detector_file, task, recall(*boxes[:2], box_threshold),
        lambda file: recall(*detector_on_val(DetectorModel(file), task)[:2], box_threshold))
    card = {
        "version": options.version,
        "license": "CC-BY-NC-4.0",
        "detector": {**file_facts(detector_file), "inputSize": SIZE, "threshold": box_threshold,
                     "samplesSeen": seen["detector"]},
        "pose": {**file_facts(pose_file), "score": "peak",
                 "pointThreshold": point_threshold(confidence, found),
                 "personThreshold": least_score, "calibration": table,
                 "samplesSeen": seen["pose"]},
        "int8": {"detector": detector_int8, "pose": pose_int8},
        "figures": {"val": {
            "pose": pose_figures, "detector": detector_figures(*boxes),
            "people": people_figures(kept, people_scores, *boxes[1:], least_score),
            "int8": {"pose_oks": pose_lost, "detector_recall": detector_lost},
            "reliability": {name: calibrate.reliability(
                confidence[:, points], found["right"][:, points], found["counted"][:, points])
                for name, points in calibrate.POINT_GROUPS.items()}}},
    }
    if options.testdata:
        photos = read_photos(options.testdata)
        figures = photo_figures(photos, pose, detector, card)
        figures["coco_wholebody_785"] = whole_body_figures(options.testdata, photos, pose)
        card["figures"]["photos"] = figures
    card = rounded(card)
    (options.out / "starter.json").write_text(json.dumps(card, indent=1) + "\n")
    print(json.dumps(card["figures"], indent=1))
    text = options.out / "MODEL_CARD.md"
    if text.exists():
        text.write_text(fill(card, text.read_text()))
    print("detector threshold", card["detector"]["threshold"],
          "point threshold", card["pose"]["pointThreshold"])


if __name__ == "__main__":
    main()
