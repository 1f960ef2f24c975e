"""Weights between those of two exported files: where a run was started from and what it came to.

    mix_weights.py FROM.onnx TO.onnx SHARE OUT.onnx

After a short run on other samples the mean is often better than either end, on the old kind of
pictures and on the new one. `release.py` takes the result like any exported file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import warm_start


def mix(first: Path, second: Path, share: float, out: Path) -> None:
    """`share` of the second file's weights; the suppression's constants are the first's."""
    model = onnx.load(first)
    others = {entry.name: numpy_helper.to_array(entry)
              for entry in onnx.load(second).graph.initializer}
    for entry in model.graph.initializer:
        value = numpy_helper.to_array(entry)
        if value.dtype not in (np.float16, np.float32) or entry.name.startswith("nms_"):
            continue
        if entry.name not in others or others[entry.name].shape != value.shape:
            raise ValueError(f"{second.name} has no {entry.name}: not exported the same way")
        mixed = (1 - share) * np.float32(value) + share * np.float32(others[entry.name])
        entry.CopyFrom(numpy_helper.from_array(mixed.astype(value.dtype), entry.name))
    seen = max(warm_start.samples_of(first), warm_start.samples_of(second))
    warm_start.tell(model, warm_start.SAMPLES_SEEN, str(seen))
    onnx.save(model, out)


if __name__ == "__main__":
    mix(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
