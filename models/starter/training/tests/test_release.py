import numpy as np

from evaluate import person_score
from release import detector_threshold, person_threshold


def test_detector_lets_through_at_most_three_and_a_half_boxes_a_picture():
    rng = np.random.default_rng(0)
    found = [np.concatenate([rng.uniform(0, 300, (20, 4)), rng.uniform(0.1, 0.9, (20, 1))], 1)
             for _ in range(50)]
    threshold = detector_threshold(found)
    counts = [np.mean([(rows[:, 4] > t).sum() for rows in found])
              for t in (threshold, threshold - 0.02)]
    assert counts[0] <= 3.5 < counts[1]


def test_least_score_takes_the_false_people_out_and_leaves_the_others():
    person, other = np.array([[0.0, 0, 50, 100]]), np.array([[200.0, 0, 250, 100]])
    found, scores, people, ignored = [], [], [], []
    for n in range(20):
        found.append(np.concatenate([np.concatenate([person, other]), [[0.5], [0.5]]], 1))
        scores.append(np.array([0.3 + 0.001 * n, 0.1 + 0.001 * n]))
        people.append(person)
        ignored.append(np.zeros((0, 4)))
    assert 0.119 < person_threshold(found, scores, people, ignored) <= 0.3
    # Who stands on an ignored area costs nothing, but a person lost does.
    assert person_threshold(found, scores, people, [other] * 20) <= 0.3
    # A few who score like nobody are given up, more are not.
    low = [np.array([0.11 if n < 1 else 0.3, 0.2]) for n in range(20)]
    assert person_threshold(found, low, people, ignored) > 0.2
    half = [np.array([0.11 if n < 12 else 0.3, 0.2]) for n in range(20)]
    assert person_threshold(found, half, people, ignored) <= 0.11


def test_score_of_a_person_as_in_the_service():
    assert np.isclose(person_score(0.5, np.array([0.1, 0.2, 0.4, 0.8])), 0.3)
    assert person_score(0.5, np.full(133, 0.2)) == 0
