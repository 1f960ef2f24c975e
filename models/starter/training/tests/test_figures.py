import numpy as np

from evaluate import absent, part_errors


def test_hands_feet_and_faces_are_absent_only_with_the_joint_they_hang_on():
    weight = np.ones((1, 133))
    weight[0, 91:112] = 0
    assert not absent(weight).any()
    weight[0, 9] = 0
    assert set(np.flatnonzero(absent(weight)[0])) == {9, *range(91, 112)}
    weight[0, [0, 1]] = 0
    weight[0, 23:91] = 0
    assert not absent(weight)[0, 23:91].any()
    weight[0, 2] = 0
    assert absent(weight)[0, 23:91].all()


def test_part_error_is_relative_to_the_part():
    truth = np.zeros((1, 133, 2))
    truth[0, 23:91, 0] = np.linspace(0, 50, 68)
    found = {"truth": truth, "points": truth + (5, 0), "labelled": np.zeros((1, 133), bool),
             "area": np.array([1.0])}
    found["labelled"][0, 23:91] = True
    assert part_errors(found) == {"face_error_median": 0.1}
