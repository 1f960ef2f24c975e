"""Turns the ignored boxes in which a teacher detector sees hardly anybody into background.

    recheck_ignored.py LABELS.npz TEACHER.onnx OUT_FOLDER

The packed labels ignore everything from the teacher's lowest scores on: plates, flowers and
chairs are then never taught as background, and the detector finds people in them. The teacher
looks again, and only boxes it still takes for a person with some confidence stay ignored.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from detector_samples import IGNORE, picture_boxes
from person_scores import iou_matrix
from sample_store import load_sources

SIDE = 480
KEEP_FROM = 0.22
MEAN, STD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)


def teacher_boxes(session: onnxruntime.InferenceSession, picture: np.ndarray) -> np.ndarray:
    """Rows x0, y0, x1, y1, score in pixels of the RGB picture."""
    scale = SIDE / max(picture.shape[:2])
    small = cv2.resize(picture[:, :, ::-1],
                       (int(picture.shape[1] * scale), int(picture.shape[0] * scale)))
    canvas = np.full((SIDE, SIDE, 3), 114, np.float32)
    canvas[:small.shape[0], :small.shape[1]] = small
    tensor = ((canvas - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32)
    rows = session.run(None, {session.get_inputs()[0].name: tensor})[0][0].copy()
    rows[:, :4] /= scale
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args()
    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(options.teacher), threads)
    sources = load_sources([{"labels": str(options.labels)}], {}, options.cache)
    labels = dict(sources[0].labels)
    keep = np.ones(len(labels["boxes"]), bool)
    for source in sources:
        for i, row in enumerate(source.rows):
            boxes = picture_boxes(source, i)
            if not (boxes[:, 4] == IGNORE).any():
                continue
            found = teacher_boxes(session, source.picture(i))
            overlap = iou_matrix(boxes, found)
            sure = np.where(overlap > 0.5, found[None, :, 4], 0).max(1, initial=0)
            start = labels["box_start"][row]
            keep[start:start + len(boxes)] = (boxes[:, 4] != IGNORE) | (sure >= KEEP_FROM)
    counts = np.add.reduceat(np.append(keep, False), labels["box_start"][:-1])
    counts[np.diff(labels["box_start"]) == 0] = 0
    labels["box_start"] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    ignored_before = int((labels["boxes"][:, 4] == IGNORE).sum())
    labels["boxes"] = labels["boxes"][keep]
    ignored_after = int((labels["boxes"][:, 4] == IGNORE).sum())
    options.out.mkdir(parents=True, exist_ok=True)
    packed = options.out / options.labels.name.replace("_labels.npz", ".bin")
    if not packed.exists():
        packed.symlink_to(options.labels.with_name(packed.name).resolve())
    np.savez(options.out / options.labels.name, **labels)
    print(f"ignored boxes: {ignored_before} before, {ignored_after} after")


if __name__ == "__main__":
    main()
