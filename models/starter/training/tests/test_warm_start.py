import copy
import hashlib
import json

import numpy as np
import pytest
import torch

import warm_start
from detector_network import SIZE, DetectorNetwork
from export import export_detector, export_pose, load_network
from exported_models import session
from mix_weights import mix
from pose_network import HEIGHT, WIDTH, PoseNetwork, PoseShape
from test_export import used


def trained(make, size):
    torch.manual_seed(0)
    return used(make(), torch.randn(2, 3, *size))


def outputs(network, image):
    with torch.no_grad():
        return network.eval()(image)


CASES = {
    "pose": (PoseNetwork, (HEIGHT, WIDTH), export_pose),
    "pose fine": (lambda: PoseNetwork(PoseShape(fine=48)), (HEIGHT, WIDTH), export_pose),
    "pose mirrored": (PoseNetwork, (HEIGHT, WIDTH), lambda n, f: export_pose(n, f, mirrored=True)),
    "detector": (DetectorNetwork, (SIZE, SIZE), export_detector),
    "detector mirrored": (DetectorNetwork, (SIZE, SIZE),
                          lambda n, f: export_detector(n, f, mirrored=True)),
}


@pytest.mark.parametrize("case", CASES)
def test_network_file_network_gives_the_same_answers(case, tmp_path):
    make, size, export = CASES[case]
    network = trained(make, size)
    export(network, tmp_path / "file.onnx")
    again = make()
    warm_start.load_folded(again, tmp_path / "file.onnx")
    torch.manual_seed(2)
    image = torch.randn(2, 3, *size)
    expected = outputs(network, image)
    for a, b in zip(expected, outputs(again, image)):
        assert torch.allclose(a, b, atol=1e-3, rtol=1e-3)

    seen = torch.randn(8, 3, *size)
    warm_start.unfold(again, lambda: again(seen))
    for a, b in zip(expected, outputs(again, image)):
        assert torch.allclose(a, b, atol=2e-3, rtol=2e-3)
    # Training mode sees the statistics that were measured: nothing jumps at the first step.
    with torch.no_grad():
        trains = copy.deepcopy(again).train()(seen)
    for a, b in zip(outputs(again, seen), trains):
        assert torch.allclose(a, b, atol=1e-2, rtol=1e-2)


def test_kernels_get_the_size_of_fresh_ones(tmp_path):
    network = trained(PoseNetwork, (HEIGHT, WIDTH))
    export_pose(network, tmp_path / "file.onnx")
    again = PoseNetwork()
    warm_start.load_folded(again, tmp_path / "file.onnx")
    warm_start.unfold(again, lambda: again(torch.randn(2, 3, HEIGHT, WIDTH)))
    for (_, one, _), (_, fresh, _) in zip(warm_start.normed_convolutions(again),
                                          warm_start.normed_convolutions(PoseNetwork())):
        assert one.weight.std().item() == pytest.approx(fresh.weight.std().item(), rel=0.25)


def test_another_architecture_is_refused(tmp_path):
    export_pose(trained(PoseNetwork, (HEIGHT, WIDTH)), tmp_path / "file.onnx")
    with pytest.raises(ValueError, match="fine.* another architecture"):
        warm_start.load_folded(PoseNetwork(PoseShape(fine=48)), tmp_path / "file.onnx")


def test_the_card_beside_the_file_says_how_many_samples_it_saw(tmp_path):
    file = tmp_path / "pose.onnx"
    export_pose(PoseNetwork().eval(), file)
    assert warm_start.samples_of(file) == 0
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (tmp_path / "starter.json").write_text(json.dumps(
        {"version": "1", "pose": {"sha256": digest, "samplesSeen": 7}}))
    assert warm_start.samples_of(file) == 7
    export_pose(PoseNetwork().eval(), file)
    assert warm_start.samples_of(file) == 0


def test_shipped_files_can_be_gone_on_from():
    from conftest import TRAINING
    for name in ("pose", "detector"):
        # Of the shape that the file says it has.
        network = load_network(name, TRAINING.parent / f"{name}.onnx")
        assert all(np.isfinite(p.detach().numpy()).all() for p in network.parameters())
        assert warm_start.samples_of(TRAINING.parent / f"{name}.onnx") > 100_000


def test_mixed_weights_lie_between_and_keep_the_number_of_samples(tmp_path):
    networks = [used(DetectorNetwork(), torch.randn(2, 3, SIZE, SIZE)) for _ in range(2)]
    files = [tmp_path / f"{name}.onnx" for name in ("from", "to", "out")]
    for network, file in zip(networks, files):
        export_detector(network, file, mirrored=True, size=416)
    digest = hashlib.sha256(files[1].read_bytes()).hexdigest()
    (tmp_path / "starter.json").write_text(json.dumps(
        {"detector": {"sha256": digest, "samplesSeen": 9}}))
    mix(files[0], files[1], 0.25, files[2])
    first, second, mixed = (DetectorNetwork() for _ in files)
    for network, file in zip((first, second, mixed), files):
        warm_start.load_folded(network, file)
    for a, b, c in zip(first.parameters(), second.parameters(), mixed.parameters()):
        assert torch.allclose(0.75 * a + 0.25 * b, c, atol=1e-5)
    assert warm_start.samples_of(files[2]) == 9
    assert len(session(files[2]).run(None, {"input": torch.zeros(1, 3, 416, 416).numpy()})) == 2

    export_pose(PoseNetwork().eval(), files[1])
    with pytest.raises(ValueError, match="not exported the same way"):
        mix(files[0], files[1], 0.5, files[2])


def test_a_run_begins_where_the_file_stands(tmp_path, monkeypatch):
    import training_loop
    from test_resume import LineTask, config

    class PictureTask(LineTask):
        def network(self):
            return DetectorNetwork()

        def batch(self, numbers):
            pictures = [np.random.default_rng(n).normal(size=(3, SIZE, SIZE)) for n in numbers]
            return {"x": np.stack(pictures).astype(np.float32)}

        def loss(self, network, batch, autocast):
            return network.raw(batch["x"]).square().mean(), {}

    network = trained(DetectorNetwork, (SIZE, SIZE))
    export_detector(network, tmp_path / "detector.onnx")
    digest = hashlib.sha256((tmp_path / "detector.onnx").read_bytes()).hexdigest()
    (tmp_path / "starter.json").write_text(json.dumps(
        {"detector": {"sha256": digest, "samplesSeen": 5}}))
    monkeypatch.setattr(training_loop, "WARM_START_SAMPLES", 16)
    settings = {**config(tmp_path / "run", 20), "start_from": str(tmp_path / "detector.onnx")}
    run = training_loop.Run(0, 1, torch.device("cpu"), PictureTask(None), settings)
    assert run.samples == 5 and run.step == 0
    image = torch.randn(2, 3, SIZE, SIZE)
    for a, b in zip(outputs(network, image), outputs(run.average.network, image)):
        assert torch.allclose(a, b, atol=2e-3, rtol=2e-3)
