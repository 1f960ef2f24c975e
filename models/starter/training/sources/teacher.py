"""A larger person detector that marks the people the labels leave out."""

import cv2
import numpy as np

MEAN = np.array([103.53, 116.28, 123.675], np.float32)
STD = np.array([57.375, 57.12, 58.395], np.float32)


class Teacher:
    """RTMDet with any input size; both sides are padded to a multiple of its coarsest stride."""

    def __init__(self, path, side=480):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name
        self.side = side

    def boxes(self, image):
        """BGR picture -> [n,5] x0, y0, x1, y1, score in its pixels."""
        height, width = image.shape[:2]
        ratio = self.side / max(height, width)
        w, h = max(1, int(width * ratio)), max(1, int(height * ratio))
        canvas = np.full((-(-h // 32) * 32, -(-w // 32) * 32, 3), 114, np.float32)
        canvas[:h, :w] = cv2.resize(image, (w, h))
        tensor = np.ascontiguousarray(((canvas - MEAN) / STD).transpose(2, 0, 1)[None])
        rows = self.session.run(None, {self.name: tensor})[0][0].astype(np.float64)
        rows = rows[rows[:, 4] > 0.05]
        rows[:, :4] /= ratio
        rows[:, [0, 2]] = rows[:, [0, 2]].clip(0, width)
        rows[:, [1, 3]] = rows[:, [1, 3]].clip(0, height)
        return rows


def overlap(a, b):
    """IoU of every box of `a` with every box of `b`."""
    a, b = np.asarray(a, float).reshape(-1, 4), np.asarray(b, float).reshape(-1, 4)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = (high - low).clip(0).prod(-1)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return inner / np.maximum(area(a)[:, None] + area(b)[None] - inner, 1e-9)
