"""An int8 copy of an exported file, and the times of both.

Made and judged by release.py. Static quantisation (QDQ, weights per channel, activations calibrated
on `val` rows). Weights get seven bits, because without VNNI two products of eight bits overflow the
16 bits in which they are added. Convolutions alone are quantised: what follows them (log-sum-exp, softmax, box arithmetic)
lives on small differences.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from onnxruntime.quantization import (CalibrationDataReader, QuantFormat, QuantType,
                                      quant_pre_process, quantize_static)

from detector_network import SIZE
from exported_models import detector_tensor, pose_tensor, session
from pose_network import HEIGHT, WIDTH

CALIBRATION_ROWS = 160
TIMED_RUNS = 40


class ValRows(CalibrationDataReader):
    """The network's inputs for some of the `val` rows, evenly spread."""

    def __init__(self, kind: str, task):
        rows = task.validation_rows()
        chosen = rows[::max(1, len(rows) // CALIBRATION_ROWS)]
        self.tensors = (self.tensor(kind, task, *row) for row in chosen)

    @staticmethod
    def tensor(kind: str, task, s: int, i: int) -> np.ndarray:
        picture = task.augment.plain(task.sources[s], i).picture
        return pose_tensor(picture[None]) if kind == "pose" else detector_tensor(picture[:, :, ::-1])

    def get_next(self) -> dict[str, np.ndarray] | None:
        tensor = next(self.tensors, None)
        return None if tensor is None else {"input": tensor}


def quantise(kind: str, file: Path, out: Path, task) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        # Suppression has no shapes that could be known beforehand.
        quant_pre_process(str(file), str(prepared), skip_symbolic_shape=True)
        quantize_static(str(prepared), str(out), ValRows(kind, task), quant_format=QuantFormat.QDQ,
                        per_channel=True, reduce_range=True, op_types_to_quantize=["Conv"],
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def milliseconds(files: list[Path], kind: str) -> list[float]:
    """Median times of a run on one thread, in turns."""
    shape = (1, 3, HEIGHT, WIDTH) if kind == "pose" else (1, 3, SIZE, SIZE)
    most = 1 if kind == "pose" else 255
    tensor = np.random.default_rng(0).uniform(0, most, shape).astype(np.float32)
    sessions = [session(file) for file in files]
    times: list[list[float]] = [[] for _ in files]
    for _ in range(TIMED_RUNS):
        for one, taken in zip(sessions, times):
            start = time.perf_counter()
            one.run(None, {"input": tensor})
            taken.append(1000 * (time.perf_counter() - start))
    return [float(np.median(taken)) for taken in times]
