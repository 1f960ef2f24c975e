"""Figures of exported files, on the `val` rows and on labelled photos.

    evaluate.py val POSE.onnx DETECTOR.onnx
    evaluate.py photos POSE.onnx DETECTOR.onnx --testdata FOLDER [--card starter.json]

Nothing is chosen here. Thresholds and calibration come from the `val` rows (release.py); the
photos are only reported on.
"""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from pathlib import Path

import numpy as np

import calibration as calibrate
from exported_models import DetectorModel, PoseModel
from keypoints import FACE, FEET, LEFT_HAND, RIGHT_HAND, SIGMAS, similarity
from labelled_photos import Photo, read_photos, read_whole_body
from person_scores import average_precision, recall, shares

HERE = Path(__file__).resolve().parent
TRUSTED = 0.4
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)


def task_of(kind: str, data: str, state: str):
    config = tomllib.loads((HERE / f"{kind}.toml").read_text())
    config["folders"] = {"data": data, "state": state}
    if kind == "pose":
        from train_pose import PoseTask
        return PoseTask(config)
    from train_detector import DetectorTask
    return DetectorTask(config)


# --- val rows ---

def pose_on_val(model: PoseModel, task) -> dict[str, np.ndarray]:
    """Per person and point: raw peak, right or not, is the truth known; and the OKS per person."""
    from train_pose import window_area
    rows = [(s, i) for s, i in task.validation_rows()
            if window_area(task.sources[s], i) is not None]
    collected: dict[str, list] = {name: [] for name in
                                  ("points", "truth", "peaks", "weight", "area", "source")}
    for start in range(0, len(rows), 16):
        part = rows[start:start + 16]
        samples = [task.augment.plain(task.sources[s], i) for s, i in part]
        points, peaks = model.windows(np.stack([sample.picture for sample in samples]))
        collected["points"] += list(points)
        collected["peaks"] += list(peaks)
        collected["truth"] += [sample.points for sample in samples]
        collected["weight"] += [sample.weight for sample in samples]
        collected["area"] += [window_area(task.sources[s], i) for s, i in part]
        collected["source"] += [task.sources[s].name for s, _ in part]
    found = {name: np.array(values) for name, values in collected.items()}
    terms = similarity(found["points"], found["truth"], found["area"])
    known = found["weight"] > TRUSTED
    found["terms"] = terms
    found["right"] = (terms > 0.5) & known
    found["labelled"] = known
    found["counted"] = known | absent(found["weight"])
    return found


def absent(weight: np.ndarray) -> np.ndarray:
    """Points that count as wrong wherever they are put.

    No label on a body point mostly means that it is outside the picture or hidden. Hands, feet
    and faces lack labels for many other reasons, so they count only where the joint they hang
    on has none either.
    """
    missing = np.zeros(weight.shape, bool)
    missing[:, :17] = weight[:, :17] == 0
    for points, anchor in ((range(17, 20), [15]), (range(20, 23), [16]), (FACE, [0, 1, 2]),
                           (LEFT_HAND, [9]), (RIGHT_HAND, [10])):
        group = list(points)
        missing[:, group] = missing[:, anchor].all(1)[:, None] & (weight[:, group] == 0)
    return missing


def body_oks(terms: np.ndarray, known: np.ndarray) -> np.ndarray:
    known = known[:, :17]
    enough = known.sum(1) >= 5
    return (terms[:, :17] * known).sum(1)[enough] / known.sum(1)[enough]


def pose_val_figures(found: dict[str, np.ndarray]) -> dict:
    figures = {"persons": len(found["area"]), **shares(body_oks(found["terms"], found["labelled"]))}
    for name, points in calibrate.POINT_GROUPS.items():
        known = found["labelled"][:, points]
        if known.any():
            figures[f"right_{name}"] = round(float(found["right"][:, points][known].mean()), 3)
    figures.update(part_errors(found))
    return figures


def part_errors(found: dict[str, np.ndarray]) -> dict[str, float]:
    """Median error of a face, hand or foot against its own size (feet: the person's height)."""
    errors: dict[str, list[float]] = {"face": [], "hand": [], "foot": []}
    distance = np.linalg.norm(found["points"] - found["truth"], axis=-1)
    for k in range(len(distance)):
        for name, points, least in (("face", FACE, 40), ("hand", LEFT_HAND, 12),
                                    ("hand", RIGHT_HAND, 12), ("foot", FEET, 2)):
            points = list(points)
            known = found["labelled"][k, points]
            if known.sum() < least:
                continue
            extent = np.ptp(found["truth"][k, points][known], axis=0).max()
            if name == "foot":
                extent = np.sqrt(found["area"][k] / 0.53 * 4 / 3)
            errors[name].append(float(distance[k, points][known].mean() / max(extent, 1)))
    return {f"{name}_error_median": round(float(np.median(values)), 3)
            for name, values in errors.items() if values}


def detector_on_val(model: DetectorModel, task) -> tuple[list, list, list]:
    from detector_samples import IGNORE, PERSON
    found, people, ignored = [], [], []
    for s, i in task.validation_rows():
        sample = task.augment.plain(task.sources[s], i)
        found.append(model.picture(sample.picture))
        people.append(sample.boxes[sample.boxes[:, 4] == PERSON, :4])
        ignored.append(sample.boxes[sample.boxes[:, 4] == IGNORE, :4])
    return found, people, ignored


def person_score(box_score: float, confidence: np.ndarray) -> float:
    """As the service scores a person: the box times the mean of the points that say anything."""
    telling = confidence[confidence > 0.2]
    return float(box_score * telling.mean()) if len(telling) else 0.0


def people_on_val(found: list, pose: PoseModel, task, calibration: dict, threshold: float
                  ) -> tuple[list, list]:
    """Boxes over the threshold of each `val` picture, and the score of the person in each."""
    kept, scores = [], []
    for (s, i), rows in zip(task.validation_rows(), found):
        picture = task.augment.plain(task.sources[s], i).picture
        rows = rows[rows[:, 4] > threshold]
        peaks = [pose.person(picture, row[:4])[1] for row in rows]
        kept.append(rows)
        scores.append(np.array([person_score(row[4], calibrate.apply(calibration, peak))
                                for row, peak in zip(rows, peaks)]))
    return kept, scores


def detector_figures(found: list, people: list, ignored: list | None = None) -> dict:
    rows = []
    for threshold in THRESHOLDS:
        boxes = np.mean([(f[:, 4] > threshold).sum() for f in found])
        rows.append({"threshold": threshold, "recall": round(recall(found, people, threshold), 3),
                     "boxes_per_picture": round(float(boxes), 2)})
    skip = ignored or [np.zeros((0, 4))] * len(found)
    return {"pictures": len(found), "people": sum(map(len, people)),
            "ap50": round(average_precision(found, people, skip), 3), "thresholds": rows}


# --- photos ---

def photo_figures(photos: list[Photo], pose: PoseModel, detector: DetectorModel,
                  card: dict | None) -> dict:
    oks, below_oks, end_to_end, shipped_end_to_end = [], [], [], []
    kept, conf, right_all = [], [], []
    found_boxes = [detector.picture(photo.picture) for photo in photos]
    point_threshold = card["pose"]["pointThreshold"] if card else 0.0
    box_threshold = card["detector"]["threshold"] if card else 0.3
    least_score = card["pose"].get("personThreshold", 0.0) if card else 0.0
    for photo, boxes in zip(photos, found_boxes):
        people = [person for person in photo.people if person.counts]
        if not people:
            continue
        poses = [pose.person(photo.picture, row[:4]) for row in boxes]
        sure_people = [row[4] > box_threshold and (not card or person_score(
            row[4], calibrate.apply(card["pose"]["calibration"], peaks)) >= least_score)
            for row, (_, peaks) in zip(boxes, poses)]
        for person in people:
            points, peaks = pose.person(photo.picture, person.box)
            known = person.labelled
            terms = terms_of(points, person)
            oks.append(terms[known].mean())
            if card:
                confidence = calibrate.apply(card["pose"]["calibration"], peaks)[:17]
                sure = confidence >= point_threshold
                below_oks.append((terms * sure)[known].mean())
                kept.append(sure[known & (terms > 0.5)])
                conf.append(confidence[known])
                right_all.append(terms[known] > 0.5)
            scores = [terms_of(p, person)[known].mean() for p, _ in poses]
            end_to_end.append(max(scores, default=0.0))
            over = [s for s, sure in zip(scores, sure_people) if sure]
            shipped_end_to_end.append(max(over, default=0.0))
    figures = {"persons": len(oks), "ground_truth_boxes": shares(np.array(oks)),
               "end_to_end_box_score_over_0.1": shares(np.array(end_to_end)),
               "end_to_end_as_shipped": shares(np.array(shipped_end_to_end))}
    if card:
        confidence, right = np.concatenate(conf), np.concatenate(right_all)
        figures["at_point_threshold"] = {
            "threshold": point_threshold, "oks": float(np.mean(below_oks)),
            "oks_lost": float(np.mean(oks) - np.mean(below_oks)),
            "right_points_kept": float(np.concatenate(kept).mean())}
        figures["reliability"] = calibrate.reliability(confidence, right,
                                                       np.ones(len(right), bool))
    labelled = [[p.box for p in photo.people] for photo in photos]
    people = [np.array(boxes).reshape(-1, 4) for boxes in labelled]
    figures["detector"] = detector_figures(found_boxes, people)
    empty = [rows for rows, photo in zip(found_boxes, photos) if not photo.people]
    figures["detector"]["boxes_on_photos_without_labels"] = {
        str(t): int(sum((rows[:, 4] > t).sum() for rows in empty)) for t in THRESHOLDS}
    figures["detector"]["recall_at_shipped"] = recall(found_boxes, people, box_threshold)
    return figures


def terms_of(points: np.ndarray, person) -> np.ndarray:
    return similarity(points[:17], person.points, np.float64(person.area), SIGMAS[:17])


def whole_body_figures(folder: Path, photos: list[Photo], pose: PoseModel) -> dict:
    box, truth, labelled, name = read_whole_body(folder)
    picture = next(photo.picture for photo in photos if photo.name == name)
    points, peaks = pose.person(picture, box)
    distance = np.linalg.norm(points - truth, axis=1)
    eyes = np.linalg.norm(truth[36 + 23:42 + 23].mean(0) - truth[42 + 23:48 + 23].mean(0))
    figures = {"eye_distance_px": float(eyes)}
    for name_, group in (("face", FACE), ("right_hand", RIGHT_HAND), ("feet", FEET)):
        group = list(group)
        known = labelled[group]
        if known.any():
            figures[f"{name_}_median_error_px"] = float(np.median(distance[group][known]))
            figures[f"{name_}_median_peak"] = float(np.median(peaks[group][known]))
    figures["face_error_of_eye_distance"] = figures["face_median_error_px"] / float(eyes)
    return figures


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("val", "photos"))
    parser.add_argument("pose", type=Path)
    parser.add_argument("detector", type=Path)
    project = HERE.parents[2]
    parser.add_argument("--data", default=os.environ.get(
        "STARTER_DATA", str(project / "../shared/training")))
    parser.add_argument("--state", default=os.environ.get(
        "STARTER_STATE", str(project / "../starter-training")))
    parser.add_argument("--testdata", type=Path, default=project / "../shared/testdata")
    parser.add_argument("--card", type=Path, help="starter.json: threshold and calibration")
    options = parser.parse_args()
    pose, detector = PoseModel(options.pose), DetectorModel(options.detector)
    if options.what == "val":
        found = pose_on_val(pose, task_of("pose", options.data, options.state))
        figures = {"pose": pose_val_figures(found), "detector": detector_figures(
            *detector_on_val(detector, task_of("detector", options.data, options.state)))}
    else:
        card = json.loads(options.card.read_text()) if options.card else None
        photos = read_photos(options.testdata)
        figures = photo_figures(photos, pose, detector, card)
        figures["coco_wholebody_785"] = whole_body_figures(options.testdata, photos, pose)
    print(json.dumps(rounded(figures), indent=1))


if __name__ == "__main__":
    main()
