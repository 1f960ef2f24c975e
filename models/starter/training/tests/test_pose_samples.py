import cv2
import numpy as np
import pytest

from keypoints import FLIP
from pose_network import HEIGHT, WIDTH
from pose_samples import (PoseAugmentation, inside_window, move_points, window_matrix)

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
    matrix, _ = augmentation.random_window(points, source.labels["weight"][0] / 255, rng)
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
        matrix, mirrored = plain.random_window(points, source.labels["weight"][0] / 255, rng)
        expected = move_points(points, matrix)
        expected = expected[FLIP] if mirrored else expected
        known = sample.weight > 0
        assert np.allclose(sample.points[known], expected[known])
        # A mirrored window must turn the drawing inside out, an unmirrored one must not.
        assert (np.linalg.det(matrix[:, :2]) < 0) == mirrored
        turned[mirrored] += 1
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
