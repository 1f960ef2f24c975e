"""A larger pose network that labels the 17 body points of people whose box is known."""

import cv2
import numpy as np

from keypoints import FLIP

from .labels import BODY_POINTS

WIDTH, HEIGHT, MARGIN = 192, 256, 1.25
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)


class PointTeacher:
    """RGB 256x192, SimCC with two bins a pixel and peaks of 0..1."""

    def __init__(self, path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def points(self, image, box):
        """BGR picture and x0, y0, x1, y1 -> [17,3] x, y in its pixels and label weight 0..1.

        Plain and mirrored picture; where they disagree about a point it has no weight.
        """
        x0, y0, x1, y1 = box
        scale = WIDTH / (max(x1 - x0, (y1 - y0) * WIDTH / HEIGHT) * MARGIN)
        offset = np.array([WIDTH, HEIGHT]) / 2 - scale * np.array([x0 + x1, y0 + y1]) / 2
        matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
        window = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)[:, :, ::-1]
        pictures = np.stack([window, window[:, ::-1]]).astype(np.float32)
        tensor = np.ascontiguousarray(((pictures - MEAN) / STD).transpose(0, 3, 1, 2))
        rows_x, rows_y = (rows[:, :BODY_POINTS] for rows in self.session.run(None, {self.name: tensor}))
        plain, mirrored = (np.stack([rows_x[i].argmax(-1), rows_y[i].argmax(-1)], -1) / 2 for i in (0, 1))
        mirrored = (np.array([WIDTH - 1, 0]) + mirrored * (-1, 1))[FLIP[:BODY_POINTS]]
        peaks = np.minimum(rows_x.max(-1), rows_y.max(-1))
        peak = (peaks[0] + peaks[1][FLIP[:BODY_POINTS]]) / 2
        apart = np.linalg.norm(plain - mirrored, axis=-1)
        weight = np.clip((peak - 0.35) / 0.45, 0, 1) * np.clip((16 - apart) / 8, 0, 1)
        return np.concatenate([((plain + mirrored) / 2 - offset) / scale, weight[:, None]], 1)
