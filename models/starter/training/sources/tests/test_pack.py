"""The packer without a teacher, on made-up pictures."""

from argparse import Namespace

import cv2
import numpy as np
import pytest

from sources.labels import Labelled, read_labels
from sources.pack import agrees, crop_of, merge, pack_one, taught, validation, write_crops, write_detector
from sources.teacher import overlap
from sources.unsquash import choose

OPTIONS = Namespace(check=False, complete=False, people_only=False)


def person(x0, y0, x1, y1, points=None):
    return Labelled(np.array([x0, y0, x1, y1], float), points)


def test_overlap_is_intersection_over_union():
    assert overlap([[0, 0, 10, 10]], [[5, 0, 15, 10], [20, 20, 30, 30]])[0] == pytest.approx([1 / 3, 0])


def test_the_teacher_adds_people_and_ignores_the_unsure():
    found = np.array([[0, 0, 50, 100, 0.9], [200, 0, 250, 100, 0.8], [300, 0, 350, 100, 0.3], [400, 0, 410, 10, 0.1]])
    rows = merge([person(0, 0, 50, 98)], found, complete=False)
    assert rows[:, 4].tolist() == [1, 1, 0]
    # Complete labels: a confident stranger may only be ignored, an unsure one is background.
    assert merge([person(0, 0, 50, 98)], found, complete=True)[:, 4].tolist() == [1, 0]


def test_labels_that_miss_the_people_are_noticed():
    found = np.array([[100, 100, 150, 200, 0.9]])
    assert agrees([person(101, 99, 150, 201)], found, 300)
    assert not agrees([person(10, 99, 60, 201)], found, 300)
    assert agrees([], found, 300)


class MadeUpTeacher:
    def points(self, image, box):
        x, y = np.linspace(box[0], box[2], 17), np.linspace(box[1], box[3], 17)
        return np.stack([x, y, np.linspace(0, 1, 17)], 1)


def test_the_second_teacher_labels_only_people_without_points():
    image = np.zeros((300, 400, 3), np.uint8)
    labelled = [person(0, 0, 100, 200, np.ones((17, 3))), person(120, 0, 200, 200)]
    boxes = np.array([[0, 0, 100, 200, 1], [120, 0, 200, 200, 1], [220, 0, 300, 200, 0], [310, 0, 340, 40, 1]], float)
    found = taught(image, labelled, boxes, MadeUpTeacher())
    assert [p.box.tolist() for p in found] == [[120, 0, 200, 200]] and found[0].taught
    _, xy, weight, _ = crop_of(image, found[0])
    assert weight[0] == 0 and weight[16] == 255 and weight[8] == 128 and (xy[16] > 0).all()


def test_a_crop_keeps_points_on_their_pixels():
    image = np.zeros((400, 400, 3), np.uint8)
    points = np.zeros((17, 3))
    points[5] = (180, 150, 2)
    points[6] = (220, 250, 1)
    cv2.circle(image, (180, 150), 6, (255, 255, 255), -1)
    blob, xy, weight, scale = crop_of(image, person(150, 100, 250, 300, points))
    crop = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert crop.shape == (224, 168)
    x, y = xy[5] / 32
    assert crop[round(y), round(x)] > 200 and weight[5] == 255 and weight[6] == 204 and weight[0] == 0
    assert scale == pytest.approx(168 / 225)
    big = np.repeat(np.repeat(image, 4, 0), 4, 1)
    moved = points * [4, 4, 1] + [1.5, 1.5, 0]
    blob, xy, _, _ = crop_of(big, person(600, 400, 1000, 1200, moved))
    crop = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float)
    crop[crop < 60] = 0  # WebP leaves a level of noise on black
    centre = np.array([(crop.sum(0) @ np.arange(168)), (crop.sum(1) @ np.arange(224))]) / crop.sum()
    assert np.abs(centre - xy[5] / 32).max() < 0.4


def test_rows_come_back_from_the_packed_files(tmp_path):
    pictures, labels = tmp_path / "pictures", tmp_path / "labels"
    pictures.mkdir()
    labels.mkdir()
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        cv2.imwrite(str(pictures / f"{name}.png"), cv2.resize(rng.integers(0, 255, (12, 16, 3)).astype(np.uint8), (640, 480)))
    triples = " ".join("0.5 0.5 2" for _ in range(17))
    (labels / "one.txt").write_text(f"0 0.5 0.5 0.25 0.5 {triples}\n")
    assert len(read_labels(labels / "one.txt", 640, 480)) == 1
    rows = [pack_one((pictures / f"{n}.png", labels / f"{n}.txt", OPTIONS)) for n in ("one", "two")]
    write_detector(tmp_path, "tiny", "tiny", rows)
    write_crops(tmp_path, "tiny", "tiny", [crop for row in rows for crop in row[4]])
    with np.load(tmp_path / "detector_tiny_labels.npz") as packed:
        assert packed["box_start"].tolist() == [0, 1, 1]
        assert packed["boxes"][0].astype(float) == pytest.approx([120, 60, 200, 180, 1])
        assert packed["size"].tolist() == [[320, 240]] * 2
        start, length = int(packed["offset"][1]), int(packed["length"][1])
    blob = (tmp_path / "detector_tiny.bin").read_bytes()[start:start + length]
    assert cv2.imdecode(np.frombuffer(blob, np.uint8), 1).shape == (240, 320, 3)
    with np.load(tmp_path / "pose_tiny_labels.npz") as packed:
        assert packed["xy"].shape == (1, 133, 2) and packed["source_names"][0] == "tiny"
        assert np.allclose(packed["xy"][0, :17] / 32, [84, 112], atol=0.05)


def test_validation_follows_the_names():
    assert validation("s40", ["a", "b"]).tolist() == validation("s40", ["a", "b"]).tolist()
    assert 0 < validation("s40", [str(i) for i in range(4000)]).mean() < 0.06


def test_a_square_is_opened_only_the_way_the_teachers_are_clearly_surer_of():
    assert choose(1.0, 0.5) == 0 and choose(0.5, 1.0) == 1
    assert choose(1.0, 1.02) is None
    assert choose(0, 0) == 0, "a picture without people is no worse for its shape"
