"""Photos with one label line per person, as in the project's test data: only ever reported on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from person_scores import AREA_SHARE, LEAST_BOX_AREA, LEAST_POINTS


@dataclass
class Person:
    box: np.ndarray
    points: np.ndarray
    labelled: np.ndarray

    @property
    def area(self) -> float:
        return AREA_SHARE * float((self.box[2:] - self.box[:2]).prod())

    @property
    def counts(self) -> bool:
        """Enough points and size to be scored by OKS."""
        return bool(self.labelled.sum() >= LEAST_POINTS
                    and (self.box[2:] - self.box[:2]).prod() >= LEAST_BOX_AREA)


@dataclass
class Photo:
    name: str
    picture: np.ndarray
    people: list[Person] = field(default_factory=list)


def read_person(line: str, width: int, height: int) -> Person:
    """`0 cx cy w h (x y v)*17`, everything but v relative to the picture."""
    values = np.array(line.split(), float)[1:]
    centre, size = values[:2] * (width, height), values[2:4] * (width, height)
    points = values[4:].reshape(17, 3)
    return Person(np.concatenate([centre - size / 2, centre + size / 2]),
                  points[:, :2] * (width, height), points[:, 2] > 0)


def read_photos(folder: Path) -> list[Photo]:
    photos = []
    for file in sorted((folder / "images/photos").glob("*.jpg")):
        picture = np.ascontiguousarray(cv2.imread(str(file))[:, :, ::-1])
        photo = Photo(file.stem, picture)
        labels = folder / "annotations/coco17" / f"{file.stem}.txt"
        if labels.exists():
            height, width = picture.shape[:2]
            photo.people = [read_person(line, width, height)
                            for line in labels.read_text().splitlines() if line.strip()]
        photos.append(photo)
    return photos


def read_whole_body(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Box, 133 points, labelled and the photo's name of the one person with all parts."""
    content = json.loads((folder / "annotations/coco_wholebody_785.json").read_text())
    person = content["annotations"][0]
    parts = [np.array(person[name], float).reshape(-1, 3)
             for name in ("keypoints", "foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts")]
    rows = np.concatenate(parts)
    x, y, width, height = person["bbox"]
    name = Path(content["images"][0]["file_name"]).stem
    return np.array([x, y, x + width, y + height]), rows[:, :2], rows[:, 2] > 0, name
