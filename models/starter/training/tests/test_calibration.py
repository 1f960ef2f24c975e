import numpy as np

import calibration as calibrate
from person_scores import average_precision, recall, suppress


def test_calibrated_confidence_means_the_share_of_right_points():
    rng = np.random.default_rng(0)
    peaks = rng.uniform(0.02, 0.9, (400, 133))
    chance = 1 / (1 + (0.3 / peaks) ** 2)
    right = rng.random((400, 133)) < chance
    table = calibrate.fit(peaks, right, np.ones((400, 133), bool))
    confidence = calibrate.apply(table, peaks)
    shown = confidence > calibrate.UNSURE
    for row in calibrate.reliability(confidence, right, shown):
        assert abs(row["confidence"] - row["right"]) < 0.03, row


def test_every_point_is_in_one_group_and_knots_rise():
    table = calibrate.fit(np.full((3, 133), 0.3), np.zeros((3, 133), bool),
                          np.ones((3, 133), bool))
    points = sorted(p for group in table["groups"] for p in group["points"])
    assert points == list(range(133))
    for group in table["groups"]:
        raw, value = np.array(group["knots"]).T
        assert (np.diff(raw) > 0).all() and (np.diff(value) >= 0).all() and value[0] == 0


def test_points_never_right_get_a_low_confidence():
    peaks = np.random.default_rng(0).uniform(0.1, 0.6, (200, 133))
    table = calibrate.fit(peaks, np.zeros((200, 133), bool), np.ones((200, 133), bool))
    assert calibrate.apply(table, peaks).max() < 0.1


def test_unsure_hands_feet_and_faces_are_not_found_at_all():
    table = calibrate.fit(np.full((50, 133), 0.3), np.zeros((50, 133), bool),
                          np.ones((50, 133), bool))
    confidence = calibrate.apply(table, np.full((1, 133), 0.2))[0]
    assert (confidence[17:] == 0).all() and (confidence[:17] > 0).all()


def test_recall_and_average_precision():
    people = [np.array([[0.0, 0, 10, 20], [50, 50, 60, 80]])]
    none = [np.zeros((0, 4))]
    right = np.array([[0, 0, 10, 20, 0.9], [50, 50, 60, 80, 0.4]])
    assert recall([right], people, 0.3) == 1 and recall([right], people, 0.5) == 0.5
    assert average_precision([right], people, none) == 1
    wrong_first = np.array([[200, 200, 210, 220, 0.95], *right])
    assert 0.6 < average_precision([wrong_first], people, none) < 0.7
    on_ignored = [np.array([[195.0, 195, 215, 225]])]
    assert average_precision([wrong_first], people, on_ignored) == 1


def test_suppression_keeps_the_best_of_overlapping_boxes():
    boxes = np.array([[0.0, 0, 10, 10], [1, 1, 11, 11], [30, 30, 40, 40]])
    assert suppress(boxes, np.array([0.5, 0.9, 0.3]), 0.1).tolist() == [1, 2]
    assert suppress(boxes, np.array([0.5, 0.9, 0.05]), 0.1).tolist() == [1]
