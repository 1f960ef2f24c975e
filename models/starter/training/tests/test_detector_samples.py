import numpy as np
import pytest
import torch

from detector_loss import by_alignment, by_position, detector_loss, pair_iou
from detector_network import SIZE, DetectorNetwork, cell_centres
from detector_samples import IGNORE, PERSON, DetectorAugmentation, move_boxes, placement


class OneBox:
    """A grey picture with one bright rectangle, which is the person."""

    def __init__(self):
        self.canvas = np.full((240, 320, 3), 60, np.uint8)
        self.canvas[60:180, 100:160] = 255
        self.labels = {"boxes": np.array([[100, 60, 160, 180, PERSON]], np.float16),
                       "box_start": np.array([0, 1])}
        self.rows = np.array([0])

    def picture(self, i: int) -> np.ndarray:
        return self.canvas


def bright_extent(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = (int(round(v)) for v in box)
    x0, y0 = max(0, x0 - 6), max(0, y0 - 6)
    part = picture[y0:y1 + 6, x0:x1 + 6, 0] > 180
    ys, xs = np.nonzero(part)
    return np.array([xs.min() + x0, ys.min() + y0, xs.max() + x0 + 1, ys.max() + y0 + 1])


def misplaced(make) -> list[bool]:
    source, wrong = OneBox(), []
    for number in range(60):
        sample = make(DetectorAugmentation(0.0), source, np.random.default_rng(number))
        for box in sample.boxes:
            if box[4] == PERSON and min(box[2] - box[0], box[3] - box[1]) > 12:
                extent = bright_extent(sample.picture, box[:4])
                wrong.append(bool(np.abs(extent - box[:4]).max() > 2.5))
    return wrong


def test_single_boxes_stay_on_their_pixels():
    wrong = misplaced(lambda a, source, rng: a.single(source, 0, rng))
    assert len(wrong) > 40 and not any(wrong)


def test_mosaic_boxes_stay_on_their_pixels():
    wrong = misplaced(lambda a, source, rng: a.four(lambda k: (source, 0), rng))
    # Two of these rectangles can touch across a seam of the mosaic and then look like one.
    assert len(wrong) > 100 and np.mean(wrong) < 0.05


def test_cut_boxes_are_ignored_and_lost_ones_dropped():
    boxes = np.array([[0, 0, 100, 100, 1], [-80, 0, 20, 100, 1], [-90, 0, 10, 100, 1.0]])
    stay = move_boxes(boxes, placement(np.ones(2), np.zeros(2), False, 320), (0, 0, SIZE, SIZE))
    assert stay[:, 4].tolist() == [PERSON, IGNORE]
    assert stay[1, :4].tolist() == [0, 0, 20, 100]


def test_fixed_assignment_chooses_the_level_by_size():
    centres, strides = cell_centres()
    people = torch.tensor([[[100.0, 100, 130, 140], [20, 20, 300, 310]]] * 2)
    known = torch.tensor([[True, True], [False, True]])
    person, _ = by_position(people, known, centres, strides)
    assert set(strides[person[0] == 0].tolist()) == {8}
    assert set(strides[person[0] == 1].tolist()) == {32}
    assert not (person[1] == 0).any() and (person[1] == 1).any(), "padding is nobody"


def test_alignment_gives_the_best_cell_the_highest_target_and_small_people_a_cell():
    centres, strides = cell_centres()
    people = torch.tensor([[100.0, 100, 180, 260], [31.0, 30, 33, 36], [200.0, 200, 260, 300]])
    known = torch.tensor([[True, True, False]])
    half = torch.tensor([40.0, 80.0])
    boxes = torch.cat([centres - half, centres + half], 1)
    score = torch.full((1, len(centres)), 0.5)
    overlap = pair_iou(people, boxes)
    person, target = by_alignment(people[None], known, centres, strides, overlap[None], score)
    person, target = person[0], target[0]
    assert not (person == 2).any(), "padding is nobody"
    cells = (person == 0).nonzero().squeeze(1)
    assert 1 <= len(cells) <= 10
    best = target.argmax()
    assert torch.isclose(target[best], overlap[0].max())
    assert (target[cells] <= overlap[0, cells] + 1e-6).all() or target[best] <= 1


def test_a_cell_that_proposes_an_ignored_box_is_not_punished():
    network = DetectorNetwork()
    raw = torch.zeros(1, len(network.centres), 5)
    cell = int((network.centres - torch.tensor([164.0, 164.0])).abs().sum(1).argmin())
    box = network.boxes(raw)[0, cell]
    raw.requires_grad_()
    labels = torch.cat([box, torch.tensor([float(IGNORE)])])[None, None]
    detector_loss(network, raw, labels, "alignment")[0].backward()
    assert raw.grad[0, cell, 0] == 0
    assert raw.grad[0, 0, 0] > 0


def test_pictures_of_a_batch_do_not_touch_each_other():
    torch.manual_seed(0)
    network = DetectorNetwork()
    raw = torch.randn(3, len(network.centres), 5)
    raw[..., 1:] = raw[..., 1:] * 0.5 + 1
    labels = torch.full((3, 4, 5), -1.0)
    labels[0, :2] = torch.tensor([[50.0, 60, 120, 200, PERSON], [200, 60, 300, 310, IGNORE]])
    labels[2, :3] = torch.tensor([[5.0, 6, 320, 400, PERSON], [40, 60, 90, 110, PERSON],
                                  [300, 20, 330, 60, PERSON]])
    for assignment in ("alignment", "position"):
        alone = []
        for n in range(3):
            one = raw[n:n + 1].clone().requires_grad_()
            loss, parts = detector_loss(network, one, labels[n:n + 1], assignment)
            alone.append((loss, parts, one))
        together = raw.clone().requires_grad_()
        loss, parts = detector_loss(network, together, labels, assignment)
        assert torch.isfinite(loss)
        count = sum(float(part["positives"]) for _, part, _ in alone)
        assert float(parts["positives"]) * 3 == pytest.approx(count)


def test_pictures_of_nothing_differ_and_have_nobody():
    augment = DetectorAugmentation(0.0, nothing=1.0)
    samples = [augment(None, np.random.default_rng(n)) for n in range(40)]
    assert all(sample.boxes.shape == (0, 5) for sample in samples)
    assert all(sample.picture.shape == (SIZE, SIZE, 3) and sample.picture.dtype == np.uint8 for sample in samples)
    deviations = [sample.picture.std() for sample in samples]
    assert min(deviations) < 60 < max(deviations) and len(set(deviations)) > 30
