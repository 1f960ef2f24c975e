"""Reads exported files as training code does, and compares them with what was annotated.

Called with a folder that holds one export per format and expected.json; prints what was found as JSON.
Ends with an AssertionError where a file does not say what it should.
"""
import contextlib
import copy
import csv
import json
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from xtcocotools.coco import COCO as WholebodyCOCO
from xtcocotools.cocoeval import COCOeval as WholebodyCOCOeval

matplotlib.use("Agg")
from matplotlib import pyplot

PARTS = {"keypoints": slice(0, 17), "foot_kpts": slice(17, 23), "face_kpts": slice(23, 91), "lefthand_kpts": slice(91, 112), "righthand_kpts": slice(112, 133)}
VALID = {"foot_kpts": "foot_valid", "face_kpts": "face_valid", "lefthand_kpts": "lefthand_valid", "righthand_kpts": "righthand_valid"}


def people_of(coco, image_id):
    return coco.loadAnns(coco.getAnnIds(imgIds=[image_id], catIds=[1]))


def check_coco(coco, expected, points_of):
    """Pictures, people, boxes and points are those that were annotated."""
    assert coco.getCatIds(catNms=["person"]) == [1]
    names = {image["file_name"]: image for image in coco.loadImgs(coco.getImgIds())}
    assert set(names) == {picture["file"] for picture in expected["pictures"]}, "the pictures"
    for picture in expected["pictures"]:
        image = names[picture["file"]]
        assert (image["width"], image["height"]) == (picture["width"], picture["height"]), image
        found = people_of(coco, image["id"])
        assert len(found) == len(picture["people"]), picture["file"]
        for annotation, person in zip(found, picture["people"]):
            np.testing.assert_allclose(annotation["bbox"], person["bbox"], atol=0.01)
            np.testing.assert_allclose(annotation["area"], 0.53 * annotation["bbox"][2] * annotation["bbox"][3], rtol=1e-4)
            points_of(annotation, np.array(person["points"], dtype=float))


def check_body(annotation, points):
    found = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    np.testing.assert_allclose(found, points[: len(found)], atol=0.01)
    assert annotation["num_keypoints"] == int(np.count_nonzero(found[:, 2])), "num_keypoints"


def check_wholebody(annotation, points):
    check_body(annotation, points)
    for field, part in PARTS.items():
        found = np.array(annotation[field], dtype=float).reshape(-1, 3)
        np.testing.assert_allclose(found, points[part], atol=0.01, err_msg=field)
        if field in VALID:
            assert annotation[VALID[field]] is bool(found[:, 2].any()), field


def average_precision(evaluation, coco, kind, move, sigmas=None):
    """AP of detections made from the annotations themselves, moved by some pixels."""
    detections = []
    for annotation in copy.deepcopy(coco.loadAnns(coco.getAnnIds())):
        for field in PARTS:
            if field in annotation:
                moved = np.array(annotation[field], dtype=float).reshape(-1, 3)
                moved[moved[:, 2] > 0, :2] += move
                annotation[field] = moved.ravel().tolist()
        detections.append({**annotation, "score": 0.9})
    found = coco.loadRes(detections)
    evaluator = evaluation(coco, found, kind) if sigmas is None else evaluation(coco, found, kind, sigmas=np.array(sigmas))
    evaluator.evaluate()
    evaluator.accumulate()
    evaluator.summarize()
    return float(evaluator.stats[0])


def check_yolo(folder, coco, number):
    """The rules by which Ultralytics takes a label file, and the same numbers as the COCO file."""
    data = (folder / "data.yaml").read_text()
    assert f"kpt_shape: [{number}, 3]" in data
    flip = [int(index) for index in re.search(r"flip_idx: \[(.*)\]", data).group(1).split(",")]
    assert sorted(flip) == list(range(number)) and [flip[index] for index in flip] == list(range(number))
    files = {path.relative_to(folder / "labels").as_posix() for path in folder.glob("labels/**/*.txt")}
    people = 0
    for image in coco.loadImgs(coco.getImgIds()):
        name = str(Path(image["file_name"]).with_suffix(".txt"))
        files.remove(name)
        rows = [[float(value) for value in line.split()] for line in (folder / "labels" / name).read_text().splitlines()]
        annotations = people_of(coco, image["id"])
        assert len(rows) == len(annotations), name
        people += len(rows)
        for row, annotation in zip(rows, annotations):
            assert len(row) == 5 + 3 * number and row[0] == 0 and min(row) >= 0
            points = np.array(row[5:]).reshape(-1, 3)
            assert points[:, :2].max() <= 1 and max(row[1:5]) <= 1
            size = np.array([image["width"], image["height"]])
            np.testing.assert_allclose(np.concatenate([points[:, :2] * size, points[:, 2:]], axis=1).ravel(), annotation["keypoints"], atol=0.01)
            middle, extent = np.array(row[1:3]) * size, np.array(row[3:5]) * size
            np.testing.assert_allclose(np.concatenate([middle - extent / 2, extent]), annotation["bbox"], atol=0.01)
    return people, sorted(files)


def check_csv(path, coco):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for annotation in coco.loadAnns(coco.getAnnIds()):
        own = [row for row in rows if row["person_id"] == str(annotation["id"])]
        found = [[float(row["x"] or 0), float(row["y"] or 0), float(row["visibility"])] for row in own]
        np.testing.assert_allclose(found, np.array(annotation["keypoints"]).reshape(-1, 3), atol=0.01)
    return len(rows)


def main(folder):
    expected = json.loads((folder / "expected.json").read_text())
    coco = COCO(str(folder / "coco" / "annotations.json"))
    check_coco(coco, expected, check_body)
    wholebody = COCO(str(folder / "coco-wholebody" / "annotations.json"))
    check_coco(wholebody, expected, check_wholebody)
    extended = WholebodyCOCO(str(folder / "coco-wholebody" / "annotations.json"))
    check_coco(extended, expected, check_wholebody)

    # Draws the bones: a pair that is out of range would fail.
    for drawn in (coco, wholebody):
        pyplot.figure()
        drawn.showAnns(drawn.loadAnns(drawn.getAnnIds()))
        assert len(pyplot.gca().lines) > 0
        pyplot.close()

    sigmas = expected["sigmas"]
    kinds = {"keypoints_wholebody": slice(0, 133), "keypoints_foot": PARTS["foot_kpts"], "keypoints_face": PARTS["face_kpts"], "keypoints_lefthand": PARTS["lefthand_kpts"], "keypoints_righthand": PARTS["righthand_kpts"]}
    precision = {"pycocotools": [average_precision(COCOeval, coco, "keypoints", move) for move in (0, 40)]}
    for kind, part in kinds.items():
        precision[kind] = [average_precision(WholebodyCOCOeval, extended, kind, move, sigmas[part]) for move in (0, 40)]
    yolo_people, strays = check_yolo(folder / "yolo-pose", coco, 17)
    return {"precision": precision, "yoloPeople": yolo_people, "strayLabels": strays, "csvRows": check_csv(folder / "csv" / "keypoints.csv", coco)}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        result = main(Path(sys.argv[1]))
    print(json.dumps(result))
