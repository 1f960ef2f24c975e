"""Quick checks: labels lie on what was drawn, and seeds name pictures."""

import numpy as np
import pytest

from renderer import FigureRequest, render_empty_scene, render_scene
from renderer import person as person_module
from renderer.pack import CROP, crop_person, crops_of, picture_of
from renderer.parts import NAMES
from renderer.person import ABSENT, VISIBLE, draw_person
from renderer.points import COUNT, INDEX, mirror_indices
from renderer.rig import build_rig
from renderer.body import Body
from renderer.poses import Pose
from renderer.shading import sample_light


def scene_of(seed, **request):
    wanted = FigureRequest(**{"height": 260, "centre": (120, 160), "occluded": False, "plain": True, **request})
    return render_scene(np.random.default_rng(seed), 240, 320, [wanted])


def test_the_same_seed_draws_the_same_picture():
    first, second = (render_scene(np.random.default_rng(5), 160, 200) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert len(first.people) == len(second.people)
    for a, b in zip(first.people, second.people):
        assert np.array_equal(a.keypoints, b.keypoints) and np.array_equal(a.visibility, b.visibility)
    assert not np.array_equal(first.image, render_scene(np.random.default_rng(6), 160, 200).image)


@pytest.mark.parametrize("seed", range(6))
def test_all_points_are_finite_and_the_box_holds_the_visible_ones(seed):
    scene = render_scene(np.random.default_rng(seed), 200, 240)
    for person in scene.people:
        assert person.keypoints.shape == (COUNT, 2) and np.isfinite(person.keypoints).all()
        assert person.visibility.shape == (COUNT,)
        x0, y0, x1, y1 = person.box
        assert 0 <= x0 < x1 <= 200 and 0 <= y0 < y1 <= 240
        seen = person.keypoints[person.visibility == VISIBLE]
        assert (seen >= [x0 - 1.5, y0 - 1.5]).all() and (seen <= [x1 + 0.5, y1 + 0.5]).all()


def test_left_is_at_the_viewers_right_in_a_front_view_and_not_from_behind():
    front = scene_of(1, pose="standing", yaw=0).people[0].keypoints
    back = scene_of(1, pose="standing", yaw=180).people[0].keypoints
    for part in ("shoulder", "hip", "knee", "ankle"):
        left, right = INDEX[f"left_{part}"], INDEX[f"right_{part}"]
        assert front[left, 0] > front[right, 0] + 3
        assert back[left, 0] < back[right, 0] - 3
    # Face points run from the viewer's left to the right; the chin is below the eyes.
    assert front[23, 0] < front[39, 0] and front[23 + 36, 0] < front[23 + 45, 0]
    assert front[23 + 8, 1] > front[23 + 57, 1] > front[23 + 30, 1] > front[23 + 27, 1]


def test_a_symmetric_pose_is_its_own_mirror_image():
    rig = build_rig(Body(), Pose("standing", spine=(0, 0, 0)), 0.0)
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        left, right = rig.joints[f"{part}_left"], rig.joints[f"{part}_right"]
        assert np.allclose(left * [-1, 1, 1], right, atol=1e-9)
    assert np.allclose(rig.hands[1] * [-1, 1, 1], rig.hands[-1], atol=1e-9)
    order = mirror_indices()
    assert sorted(order) == list(range(COUNT)) and (order[order] == np.arange(COUNT)).all()


def test_the_face_is_its_own_mirror_image_under_the_point_exchange():
    from renderer.head import face_points
    from renderer.wardrobe import sample_look

    points, _ = face_points(sample_look(np.random.default_rng(0), Body()))
    partner = mirror_indices()[23:91] - 23
    assert np.allclose(points[partner] * [-1, 1, 1], points, atol=1e-6)


def test_nobody_shows_a_face_from_behind():
    person = scene_of(3, pose="standing", yaw=180, gestures=("hang", "hang")).people[0]
    assert (person.visibility[23 + 17:91] == ABSENT).all()
    assert (person.visibility[[0, 1, 2]] == ABSENT).all()


@pytest.mark.parametrize("pose", ["standing", "walking", "sitting", "sport"])
def test_visible_points_lie_on_their_own_limb(pose):
    request = FigureRequest(pose=pose, height=400, centre=(200, 240), plain=True)
    canvases = []
    original = person_module.Canvas

    class Kept(original):
        def __init__(self, *args):
            super().__init__(*args)
            canvases.append(self)

    person_module.Canvas = Kept
    try:
        rng = np.random.default_rng(11)
        drawn = draw_person(rng, request, 400, 480, sample_light(rng), 5.0)
    finally:
        person_module.Canvas = original
    canvas, checked = canvases[0], 0
    for name in ("left_elbow", "right_knee", "left_knee", "right_wrist", "left_ankle", "right_ankle"):
        index = INDEX[name]
        if drawn.visibility[index] != VISIBLE:
            continue
        row, column = canvas.at(*drawn.keypoints[index])
        part = NAMES[canvas.part[row, column]]
        assert part == "skirt" or part.endswith(name.split("_")[0]), (name, part)
        checked += 1
    assert checked >= 2


def test_empty_scenes_hold_nobody():
    for seed in range(4):
        scene = render_empty_scene(np.random.default_rng(seed), 200, 150)
        assert scene.people == [] and scene.image.shape == (150, 200, 3) and scene.image.dtype == np.uint8


def test_crops_follow_the_training_geometry():
    image = np.zeros((300, 400, 3), np.uint8)
    image[150, 200] = 255
    crop, scale, offset = crop_person(image, np.array([150.0, 50.0, 250.0, 250.0]))
    assert crop.shape == (CROP[1], CROP[0], 3)
    # 100 x 200 grows to 150 x 200, then by a half.
    assert scale == pytest.approx(168 / 225)
    assert crop[112, 84].max() > 100
    assert np.allclose(np.array([200, 150]) * scale + offset, [84, 112])


def test_packed_rows_are_deterministic_and_labels_fit_the_crop():
    first, second = crops_of(3, 1), crops_of(3, 1)
    assert [row[0] for row in first] == [row[0] for row in second]
    for _, xy, weight, *_ in first:
        assert (xy[weight == 0] == 0).all()
        assert (xy >= 0).all() and (xy[..., 0] <= 167 * 32).all() and (xy[..., 1] <= 223 * 32).all()
    blob, _, size, boxes = picture_of(3, 2, True)
    assert boxes == [] and max(size) == 320 and blob
