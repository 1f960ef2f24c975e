import cv2
import numpy as np
import pytest

from keypoints import FLIP
from pose_network import HEIGHT, WIDTH
from picture_faults import few_pixels
from pose_samples import (PoseAugmentation, blackened, box_in_crop, cut_off, inside_frame,
                          inside_window, move_points, stand_in_the_way, window_matrix)

FACTORS = {"body": 1.0, "feet": 0.7, "face": 0.12, "hands": 0.2}


def colour_at(picture: np.ndarray, point: np.ndarray) -> np.ndarray:
    x, y = np.rint(point).astype(int)
    return picture[y, x].astype(int)


@pytest.mark.parametrize("number", range(40))
def test_points_stay_on_their_pixels(spots, number):
    source, colours = spots
    augmentation = PoseAugmentation(FACTORS)
    rng = np.random.default_rng(number)
    points = source.labels["xy"][0].astype(np.float32) / 32
    matrix = augmentation.random_window(points, source.labels["weight"][0] / 255, rng).matrix
    picture = cv2.warpAffine(source.picture(0), matrix, (WIDTH, HEIGHT))
    moved = move_points(points, matrix)
    seen = 0
    for point, colour in zip(moved[:16], colours):
        if (point > 1).all() and (point < (WIDTH - 2, HEIGHT - 2)).all():
            assert np.abs(colour_at(picture, point) - colour).max() <= 12
            seen += 1
    assert seen >= 4


def test_whole_augmentation_exchanges_labels_when_it_mirrors(spots):
    source, _ = spots
    plain = PoseAugmentation(FACTORS, half_body=0)
    turned = {True: 0, False: 0}
    for number in range(60):
        rng = np.random.default_rng(number)
        sample = plain(source, 0, rng)
        rng = np.random.default_rng(number)
        points = source.labels["xy"][0].astype(np.float32) / 32
        window = plain.random_window(points, source.labels["weight"][0] / 255, rng)
        expected = move_points(points, window.matrix)
        expected = expected[FLIP] if window.mirrored else expected
        known = sample.weight > 0
        assert np.allclose(sample.points[known], expected[known])
        # A mirrored window must turn the drawing inside out, an unmirrored one must not.
        assert (np.linalg.det(window.matrix[:, :2]) < 0) == window.mirrored
        turned[window.mirrored] += 1
    assert min(turned.values()) > 10


def test_points_outside_the_window_weigh_nothing(spots):
    source, _ = spots
    augmentation = PoseAugmentation(FACTORS, half_body=1.0)
    lost = 0
    for number in range(60):
        sample = augmentation(source, 0, np.random.default_rng(number))
        outside = ~inside_window(sample.points)
        assert (sample.weight[outside] == 0).all()
        lost += int((outside & (sample.points != sample.points[-1]).any(-1)).sum())
    assert lost > 0


def test_plain_window_is_the_box_grown_by_a_quarter():
    matrix = window_matrix(np.array([84.0, 112.0]), 140.0)
    corners = np.array([[14.0, 112 - 140 * 4 / 6], [154.0, 112 + 140 * 4 / 6]])
    assert np.allclose(move_points(corners, matrix), [[0, 0], [WIDTH, HEIGHT]], atol=1e-3)


def test_a_cut_person_keeps_its_points_and_has_black_beyond_the_edge(spots):
    source, colours = spots
    augmentation = PoseAugmentation(FACTORS, cut=1.0)
    points = source.labels["xy"][0].astype(np.float32) / 32
    weight = source.labels["weight"][0] / 255
    cut, seen, lost = 0, 0, 0
    for number in range(80):
        rng = np.random.default_rng(number)
        window = augmentation.cut_window(box_in_crop(source, 0), points, weight, rng)
        if window.frame is None:
            continue
        cut += 1
        # On white, so that black can only come from beyond the edge.
        crop = np.where(source.canvas == 0, np.uint8(255), source.canvas)
        picture = cv2.warpAffine(blackened(crop, window.frame), window.matrix, (WIDTH, HEIGHT))
        moved = move_points(points, window.matrix)
        stays = inside_frame(points, window.frame)
        for k in range(16):
            if not inside_window(moved[k:k + 1])[0]:
                continue
            if not stays[k]:
                lost += 1
                edge = np.abs(points[k] - np.array(window.frame).reshape(2, 2)).min()
                assert edge < 1.5 or colour_at(picture, moved[k]).max() == 0
            elif np.abs(points[k] - np.array(window.frame).reshape(2, 2)).min() > 2:
                assert np.abs(colour_at(picture, moved[k]) - colours[k]).max() <= 12
                seen += 1
    assert cut > 50 and seen > 300 and lost > 50


def test_what_is_cut_off_has_no_label(spots):
    source, _ = spots
    augmentation = PoseAugmentation(FACTORS, half_body=0, cut=1.0)
    whole = PoseAugmentation(FACTORS, half_body=0)
    counts = [[(a(source, 0, np.random.default_rng(n)).weight > 0).sum() for n in range(40)]
              for a in (augmentation, whole)]
    assert np.mean(counts[0]) < np.mean(counts[1]) - 1


def test_a_cut_box_lies_within_the_whole_one():
    box = np.array([50.0, 60, 110, 160])
    for number in range(50):
        rest, frame = cut_off(box, np.random.default_rng(number))
        assert (rest[:2] >= box[:2]).all() and (rest[2:] <= box[2:]).all()
        assert (rest[2:] - rest[:2] > 10).all() and np.isfinite(frame).sum() == 1


def test_few_pixels_move_nothing():
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.circle(picture, (60, 150), 14, (255, 255, 255), -1)
    errors = []
    for number in range(40):
        rng = np.random.default_rng(number)
        found = few_pixels(picture, rng.uniform(0.2, 0.9), rng)[:, :, 1].astype(float)
        found[found < 40] = 0
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        centre = np.array([(found * x).sum(), (found * y).sum()]) / found.sum()
        errors.append(centre - (60, 150))
        assert found.shape == (HEIGHT, WIDTH)
    # Within half of the largest pixel, and to no side on average.
    assert np.abs(errors).max() < 1.5 and np.abs(np.mean(errors, 0)).max() < 0.2


def test_somebody_in_the_way_leaves_the_middle_free():
    other = np.full((224, 168, 3), 255, np.uint8)
    for number in range(40):
        picture = stand_in_the_way(np.zeros((HEIGHT, WIDTH, 3), np.uint8), other,
                                   np.random.default_rng(number))
        assert 0.01 < (picture > 0).mean() < 0.4
        assert picture[:, WIDTH // 2 - 10:WIDTH // 2 + 10].max() == 0
