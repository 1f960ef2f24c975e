import numpy as np

from keypoints import FLIP, GROUPS, SIGMAS


def test_exchange_is_its_own_inverse_and_moves_every_sided_point():
    assert sorted(FLIP) == list(range(133))
    assert (FLIP[FLIP] == np.arange(133)).all()
    own_mirror = {0, *range(51, 54), 31, 56, 74, 80, 85, 89, 50}
    assert set(np.flatnonzero(FLIP == np.arange(133))) == own_mirror


def test_exchange_pairs_points_of_one_group():
    for points in GROUPS.values():
        assert set(FLIP[list(points)]) == set(points)


def test_exchange_of_every_point_by_name():
    left = {1: 2, 3: 4, 5: 6, 7: 8, 9: 10, 11: 12, 13: 14, 15: 16,
            17: 20, 18: 21, 19: 22,
            **{23 + i: 39 - i for i in range(8)},            # jaw
            **{40 + i: 49 - i for i in range(5)},            # brows
            54: 58, 55: 57,                                  # nostrils
            59: 68, 60: 67, 61: 66, 62: 65, 63: 70, 64: 69,  # eyes
            71: 77, 72: 76, 73: 75, 82: 78, 81: 79,          # outer lip
            83: 87, 84: 86, 90: 88,                          # inner lip
            **{91 + i: 112 + i for i in range(21)}}          # hands
    for a, b in left.items():
        assert FLIP[a] == b and FLIP[b] == a, (a, b)


def test_tolerances_are_the_published_ones():
    assert len(SIGMAS) == 133
    assert abs(SIGMAS.sum() - 3.861) < 5e-4
    # Left and right agree everywhere but in the feet, as published.
    differing = set(np.flatnonzero(SIGMAS != SIGMAS[FLIP]))
    assert {p for p in differing if p < 17} == set()
    assert differing >= {17, 20}
