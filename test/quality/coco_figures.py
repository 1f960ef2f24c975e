"""AP and AR of a generated comparison, by pycocotools and by xtcocotools.

Called with a file of pictures, each with its predicted and labelled people (x1 y1 x2 y2, K x (x, y, v), area, score), and the
parts and sigmas; prints per part and tool the ten figures of COCOeval.summarize as JSON.
"""
import contextlib
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from xtcocotools.coco import COCO as WholebodyCOCO
from xtcocotools.cocoeval import COCOeval as WholebodyCOCOeval

FIELDS = {"body": "keypoints", "feet": "foot_kpts", "face": "face_kpts", "left_hand": "lefthand_kpts", "right_hand": "righthand_kpts"}
KINDS = {"body": "keypoints", "feet": "keypoints_foot", "face": "keypoints_face", "left_hand": "keypoints_lefthand", "right_hand": "keypoints_righthand", "whole": "keypoints_wholebody"}


def annotations(pictures, who, fields):
    """fields: name of a field -> slice of the points."""
    rows = []
    for image_id, picture in enumerate(pictures, 1):
        for person in picture[who]:
            x1, y1, x2, y2 = person["bbox"]
            points = np.array(person["points"]).reshape(-1, 3)
            row = {"id": len(rows) + 1, "image_id": image_id, "category_id": 1, "iscrowd": 0, "bbox": [x1, y1, x2 - x1, y2 - y1], "area": person["area"], "score": person["score"]}
            row.update({name: points[part].ravel().tolist() for name, part in fields.items()})
            row["num_keypoints"] = int((np.array(row["keypoints"])[2::3] > 0).sum())
            rows.append(row)
    return rows


def evaluate(coco_class, eval_class, kind, sigmas, pictures, fields, skip_empty):
    truth = coco_class()
    truth.anno_file = [""]
    truth.dataset = {"images": [{"id": index} for index, _ in enumerate(pictures, 1)], "categories": [{"id": 1, "name": "person"}], "annotations": annotations(pictures, "truths", fields)}
    truth.createIndex()
    detections = [{key: value for key, value in row.items() if key != "area"} for row in annotations(pictures, "predicted", fields)]
    if skip_empty:
        detections = [row for row in detections if row["num_keypoints"] > 0]
    found = truth.loadRes(detections)
    if eval_class is COCOeval:
        evaluator = eval_class(truth, found, "keypoints")
        evaluator.params.kpt_oks_sigmas = sigmas
    else:
        evaluator = eval_class(truth, found, kind, sigmas=sigmas)
    evaluator.evaluate()
    evaluator.accumulate()
    evaluator.summarize()
    return evaluator.stats.tolist()


def main(path):
    with open(path) as file:
        data = json.load(file)
    parts = {part["name"]: slice(part["first"], part["last"] + 1) for part in data["parts"]}
    sigmas = np.array(data["sigmas"])
    wholebody = {FIELDS[name]: part for name, part in parts.items() if name in FIELDS}
    return {
        name: {
            "pycocotools": evaluate(COCO, COCOeval, None, sigmas[part], data["pictures"], {"keypoints": part}, True),
            "xtcocotools": evaluate(WholebodyCOCO, WholebodyCOCOeval, KINDS[name], sigmas[part], data["pictures"], wholebody, False),
        }
        for name, part in parts.items()
    }


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        result = main(sys.argv[1])
    print(json.dumps(result))
