"""The exported ONNX files, used the way the service uses them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from detector_network import PAD
from pose_network import HEIGHT, MEAN, STD, WIDTH


def session(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def pose_tensor(pictures: np.ndarray) -> np.ndarray:
    """The pose network's input of RGB windows [N, 256, 192, 3]."""
    tensor = (pictures.astype(np.float32) - np.float32(MEAN)) / np.float32(STD)
    return np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))


def detector_tensor(picture: np.ndarray) -> np.ndarray:
    """The detector's input of a BGR picture of its size."""
    return np.ascontiguousarray(picture.astype(np.float32).transpose(2, 0, 1)[None])


class PoseModel:
    def __init__(self, file: Path):
        self.session = session(file)

    def windows(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """RGB windows [N, 256, 192, 3] to points [N, 133, 2] in window pixels and raw peaks."""
        x, y = self.session.run(None, {"input": pose_tensor(pictures)})
        points = np.stack([x.argmax(-1), y.argmax(-1)], -1) / 2
        # The service's raw confidence of a model whose rows are peaks: the mean, at most one.
        return points, np.minimum((x.max(-1) + y.max(-1)) / 2, 1)

    def window(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points, peaks = self.windows(picture[None])
        return points[0], peaks[0]

    def person(self, picture: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """RGB picture and box x0, y0, x1, y1 to points in picture pixels and raw peaks."""
        centre = (box[:2] + box[2:4]) / 2
        width, height = (box[2:4] - box[:2]) * 1.25
        width = max(width, height * WIDTH / HEIGHT)
        scale = WIDTH / width
        offset = np.array([WIDTH / 2, HEIGHT / 2]) - scale * centre
        matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
        window = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        points, peaks = self.window(window)
        return (points - offset) / scale, peaks


class DetectorModel:
    def __init__(self, file: Path):
        self.session = session(file)
        self.size: int = self.session.get_inputs()[0].shape[2]

    def square(self, picture: np.ndarray) -> np.ndarray:
        """BGR picture of the input's size to rows x0, y0, x1, y1, score."""
        return self.session.run(None, {"input": detector_tensor(picture)})[0][0]

    def picture(self, picture: np.ndarray) -> np.ndarray:
        """RGB picture of any size to rows x0, y0, x1, y1, score in its own pixels."""
        height, width = picture.shape[:2]
        ratio = min(self.size / height, self.size / width)
        size = (max(1, int(width * ratio)), max(1, int(height * ratio)))
        canvas = np.full((self.size, self.size, 3), PAD, np.uint8)
        canvas[:size[1], :size[0]] = cv2.resize(picture[:, :, ::-1], size,
                                                interpolation=cv2.INTER_LINEAR)
        rows = self.square(canvas).copy()
        rows[:, :4] /= ratio
        return rows
