from dataclasses import asdict

import numpy as np
import onnx
import pytest
import torch

import checkpoint
from detector_network import SIZE, DetectorNetwork, DetectorShape, mirrored_cells
from export import DetectorExport, PoseExport, export_detector, export_pose, load_network
from keypoints import FLIP
from exported_models import DetectorModel, PoseModel, session
from pose_network import HEIGHT, WIDTH, PoseNetwork, PoseShape


def used(network: torch.nn.Module, picture: torch.Tensor) -> torch.nn.Module:
    """Batch-norm statistics as after some training; fresh ones would hide a wrong folding."""
    torch.manual_seed(1)
    network.train()
    for p in network.parameters():
        if p.ndim == 1:
            p.data += 0.1 * torch.randn_like(p)
    with torch.no_grad():
        for _ in range(3):
            network(picture)
    return network.eval()


@pytest.fixture(scope="module", params=[0, 48], ids=["coarse", "fine"])
def pose(tmp_path_factory, request):
    network = PoseNetwork(PoseShape(fine=request.param))
    if request.param:
        torch.nn.init.normal_(network.fine.points.weight, std=0.05)
    network = used(network, torch.randn(2, 3, HEIGHT, WIDTH))
    file = tmp_path_factory.mktemp("pose") / "pose.onnx"
    export_pose(network, file)
    return network, file


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    network = used(DetectorNetwork(), torch.randn(2, 3, SIZE, SIZE))
    with torch.no_grad():
        for head in network.heads:
            head.out.bias[0] += 3.0
    file = tmp_path_factory.mktemp("detector") / "detector.onnx"
    export_detector(network, file)
    return network, file


def test_a_file_says_its_shape_and_is_loaded_by_it(tmp_path):
    shapes = {"pose": PoseShape((16, 24, 32, 48), (1, 1, 2, 1), (32, 24), 16),
              "detector": DetectorShape((16, 24, 32, 48), (1, 1, 2, 1), 32)}
    pose = used(PoseNetwork(shapes["pose"]), torch.randn(2, 3, HEIGHT, WIDTH))
    detector = used(DetectorNetwork(shapes["detector"]), torch.randn(2, 3, SIZE, SIZE))
    export_pose(pose, tmp_path / "pose.onnx")
    export_detector(detector, tmp_path / "detector.onnx", mirrored=True)
    for kind, network in (("pose", pose), ("detector", detector)):
        again = load_network(kind, tmp_path / f"{kind}.onnx")
        assert again.shape == shapes[kind]
        checkpoint.save(tmp_path / f"{kind}.pt", {
            "network": network.state_dict(), "average": network.state_dict(), "samples": 1,
            "shape": asdict(network.shape)})
        loaded = load_network(kind, tmp_path / f"{kind}.pt")
        assert loaded.shape == shapes[kind]
        size = (HEIGHT, WIDTH) if kind == "pose" else (SIZE, SIZE)
        image = torch.randn(1, 3, *size)
        with torch.no_grad():
            for a, b in zip(network(image), loaded(image)):
                assert torch.equal(a, b)


def test_weights_in_16_bits_answer_nearly_the_same_from_half_the_bytes(tmp_path):
    torch.manual_seed(0)
    pose = used(PoseNetwork(PoseShape(fine=32)), torch.randn(2, 3, HEIGHT, WIDTH))
    detector = used(DetectorNetwork(), torch.randn(2, 3, SIZE, SIZE))
    for kind, network, export in (("pose", pose, export_pose), ("detector", detector, export_detector)):
        whole, half = tmp_path / f"{kind}.onnx", tmp_path / f"{kind}-half.onnx"
        export(network, whole)
        export(network, half, half=True)
        assert half.stat().st_size < 0.6 * whole.stat().st_size
        rounded = load_network(kind, half)
        image = torch.randn(1, 3, *((HEIGHT, WIDTH) if kind == "pose" else (SIZE, SIZE)))
        if kind == "pose":
            x, y = session(half).run(None, {"input": image.numpy()})
            with torch.no_grad():
                same, near = PoseExport(rounded)(image), PoseExport(network)(image)
            assert np.abs(x - same[0].numpy()).max() < 1e-4
            assert np.abs(y - near[1].numpy()).max() < 5e-3
        else:
            with torch.no_grad():
                (boxes, scores), (other, others) = rounded(image), network(image)
            assert torch.allclose(boxes, other, atol=0.5) and torch.allclose(scores, others, atol=0.05)
            session(half).run(None, {"input": image.numpy()})


@pytest.mark.parametrize("count", [1, 3])
def test_pose_file_equals_the_network(pose, count):
    network, file = pose
    image = torch.randn(count, 3, HEIGHT, WIDTH)
    x, y = session(file).run(None, {"input": image.numpy()})
    assert x.shape == (count, 133, 384) and y.shape == (count, 133, 512)
    with torch.no_grad():
        expected_x, expected_y = PoseExport(network)(image)
        logits, _ = network(image)
    assert np.abs(x - expected_x.numpy()).max() < 1e-4
    assert np.abs(y - expected_y.numpy()).max() < 1e-4
    # Against the unfolded network too, or a fault of the folding would be on both sides.
    factor = 2.5 * np.sqrt(2 * np.pi)
    plain = torch.nn.functional.interpolate(logits.softmax(-1) * factor, scale_factor=2,
                                            mode="linear", align_corners=False)
    assert np.abs(x - plain.numpy()).max() < 1e-4


def test_pose_contract(pose):
    model = onnx.load(pose[1])
    (entry,) = model.graph.input
    dims = [d.dim_param or d.dim_value for d in entry.type.tensor_type.shape.dim]
    assert entry.name == "input" and dims[1:] == [3, HEIGHT, WIDTH] and isinstance(dims[0], str)
    assert [o.name for o in model.graph.output] == ["simcc_x", "simcc_y"]
    assert model.opset_import[0].version == 17
    assert not any(n.op_type == "BatchNormalization" for n in model.graph.node)


def test_person_in_a_picture_is_placed_back(pose):
    model = PoseModel(pose[1])
    picture = np.random.default_rng(0).integers(0, 255, (400, 300, 3)).astype(np.uint8)
    points, peaks = model.person(picture, np.array([50.0, 60, 200, 350]))
    assert points.shape == (133, 2) and peaks.shape == (133,)
    centre, half = np.array([125, 205]), np.array([290 * 1.25 * 0.75, 290 * 1.25]) / 2
    assert (np.abs(points - centre) <= half + 1).all()


def test_detector_file_equals_the_network(detector):
    network, file = detector
    picture = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
    rows = DetectorModel(file).square(picture)
    with torch.no_grad():
        boxes, scores = DetectorExport(network)(
            torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None])
    boxes, scores = boxes[0].numpy(), scores[0].numpy()
    assert 0 < len(rows) <= 100
    assert abs(rows[0, 4] - scores.max()) < 1e-5
    for row in rows[:20]:
        nearest = np.abs(boxes - row[:4]).max(1) + np.abs(scores - row[4])
        assert nearest.min() < 1e-2
    assert (np.diff(rows[:, 4]) <= 1e-6).all()


def test_detector_contract_and_empty_answer(tmp_path, detector):
    model = onnx.load(detector[1])
    dims = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert dims == [1, 3, SIZE, SIZE]
    assert [o.name for o in model.graph.output] == ["dets", "labels"]
    network = DetectorNetwork().eval()
    with torch.no_grad():
        for head in network.heads:
            head.out.bias[0] = -20.0
    export_detector(network, tmp_path / "blind.onnx")
    dets, labels = session(tmp_path / "blind.onnx").run(
        None, {"input": np.zeros((1, 3, SIZE, SIZE), np.float32)})
    assert dets.shape == (1, 0, 5) and labels.shape == (1, 0)
    assert dets.dtype == np.float32 and labels.dtype == np.int64


def test_a_larger_file_sees_a_larger_picture(tmp_path, detector):
    network, _ = detector
    export_detector(network, tmp_path / "large.onnx", size=480)
    large = DetectorModel(tmp_path / "large.onnx")
    assert large.size == 480 and network.centres.max() < SIZE, "the network itself stays as it is"
    picture = np.random.default_rng(0).integers(0, 255, (480, 480, 3)).astype(np.uint8)
    rows = large.picture(picture)
    assert len(rows) and rows[:, 2].max() > SIZE
    assert np.allclose(rows, large.square(picture[:, :, ::-1]))


def test_mirrored_detector_answers_a_mirrored_picture_with_mirrored_boxes(tmp_path, detector):
    network, _ = detector
    export = DetectorExport(network, mirrored=True).eval()
    picture = torch.randint(0, 255, (1, 3, SIZE, SIZE)).float()
    with torch.no_grad():
        boxes, scores = export(picture)
        other_boxes, other_scores = export(picture.flip(3))
    back = mirrored_cells()
    other_boxes = other_boxes[:, back][..., [2, 1, 0, 3]] * torch.tensor([-1, 1, -1, 1.0])
    other_boxes = other_boxes + torch.tensor([SIZE, 0, SIZE, 0.0])
    assert torch.allclose(scores, other_scores[:, back], atol=1e-5)
    assert torch.allclose(boxes, other_boxes, atol=1e-2)

    export_detector(network, tmp_path / "mirrored.onnx", mirrored=True)
    rows = DetectorModel(tmp_path / "mirrored.onnx").square(
        picture[0].permute(1, 2, 0).numpy().astype(np.uint8))
    assert len(rows) and abs(rows[0, 4] - scores.max().item()) < 1e-5


def test_mirrored_export_answers_a_mirrored_picture_with_mirrored_points():
    network = PoseNetwork()
    network.points.weight.data *= 100
    network = used(network, torch.randn(2, 3, HEIGHT, WIDTH))
    export = PoseExport(network, mirrored=True).eval()
    picture = torch.randn(1, 3, HEIGHT, WIDTH)
    with torch.no_grad():
        x, y = export(picture)
        mirrored_x, mirrored_y = export(picture.flip(3))
    # Both aim a quarter of a pixel to the left: half a pixel, one bin, lies between them.
    back = mirrored_x[:, FLIP].flip(2)
    assert torch.allclose(x[..., :-1], back[..., 1:], atol=1e-5)
    assert torch.allclose(y, mirrored_y[:, FLIP], atol=1e-5)
