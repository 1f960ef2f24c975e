import numpy as np
import torch

from detector_network import SIZE, DetectorNetwork, DetectorShape
from export import PoseExport, export_detector, export_pose
from exported_models import session
from int8 import milliseconds, quantise
from pose_network import HEIGHT, WIDTH, PoseNetwork, PoseShape
from test_export import used


class Rows:
    """A task of random pictures."""

    sources = [None]

    class augment:
        @staticmethod
        def plain(source, i):
            class Sample:
                picture = np.random.default_rng(i).integers(0, 255, Rows.size + (3,)).astype(np.uint8)
            return Sample

    @staticmethod
    def validation_rows():
        return [(0, i) for i in range(6)]


def test_int8_copies_answer_nearly_the_same_from_fewer_bytes(tmp_path):
    torch.manual_seed(0)
    pose = used(PoseNetwork(PoseShape((16, 24, 32, 48), (1, 1, 2, 1), (32, 24), 16)),
                torch.randn(2, 3, HEIGHT, WIDTH))
    detector = used(DetectorNetwork(DetectorShape((16, 24, 32, 48), (1, 1, 2, 1), 32)),
                    torch.randn(2, 3, SIZE, SIZE))
    with torch.no_grad():
        for head in detector.heads:
            head.out.bias[0] += 3.0
    export_pose(pose, tmp_path / "pose.onnx", half=True)
    export_detector(detector, tmp_path / "detector.onnx", mirrored=True, half=True)
    for kind, size in (("pose", (HEIGHT, WIDTH)), ("detector", (SIZE, SIZE))):
        Rows.size = size
        file, copy = tmp_path / f"{kind}.onnx", tmp_path / f"{kind}.int8.onnx"
        quantise(kind, file, copy, Rows)
        assert all(ms > 0 for ms in milliseconds([file, copy], kind))
        tensor = np.random.default_rng(9).normal(size=(1, 3, *size)).astype(np.float32)
        answers = session(copy).run(None, {"input": tensor})
        if kind == "pose":
            with torch.no_grad():
                x, _ = PoseExport(pose)(torch.from_numpy(tensor))
            assert answers[0].shape == x.shape
            assert np.corrcoef(answers[0].ravel(), x.numpy().ravel())[0, 1] > 0.9
        else:
            assert answers[0].shape[2] == 5
