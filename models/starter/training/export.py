"""Checkpoint to ONNX: batch norm folded, the service's tensor contracts, suppression inside.

    export.py pose|detector CHECKPOINT OUT.onnx [--raw-weights]
"""

from __future__ import annotations

import argparse
import copy
import math
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

import checkpoint
import warm_start
from detector_network import (MIRRORED_COLUMNS, PAD, SIZE, DetectorNetwork, DetectorShape,
                              mirrored_cells)
from keypoints import FLIP
from pose_network import HEIGHT, SIGMA, WIDTH, PoseNetwork, PoseShape

# 0.4 on the `val` rows: recall 0.618 at four boxes a picture, against 0.590 with 0.5.
MOST_BOXES, OVERLAP, LOWEST_SCORE = 100, 0.4, 0.1


def fold_batch_norm(module: nn.Module) -> nn.Module:
    """Every batch norm that follows a convolution in a sequence becomes part of it."""
    for child in module.children():
        fold_batch_norm(child)
    if isinstance(module, nn.Sequential):
        for i in range(len(module) - 1):
            if isinstance(module[i], nn.Conv2d) and isinstance(module[i + 1], nn.BatchNorm2d):
                module[i] = fuse_conv_bn_eval(module[i], module[i + 1])
                module[i + 1] = nn.Identity()
    return module


class PoseExport(nn.Module):
    """Peaks scaled so that a perfect Gaussian of the target's width reaches 1.

    Mirrored: the mean of the picture and its mirror image, at twice the time.
    """

    def __init__(self, network: PoseNetwork, mirrored: bool = False):
        super().__init__()
        self.network = fold_batch_norm(copy.deepcopy(network).eval())
        self.mirrored = mirrored
        self.register_buffer("exchange", torch.from_numpy(FLIP.copy()))

    def rows(self, image: Tensor) -> tuple[Tensor, Tensor]:
        factor = SIGMA * math.sqrt(2 * math.pi)
        x, y = (nn.functional.interpolate(axis.softmax(-1) * factor, scale_factor=2.0,
                                          mode="linear", align_corners=False)
                for axis in self.network(image))
        return x, y

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x, y = self.rows(image)
        if not self.mirrored:
            return x, y
        other_x, other_y = self.rows(image.flip(3))
        # The network aims READOUT_SHIFT left of a point, which is to its right in the mirror:
        # one bin of half a pixel brings both to the same place.
        other_x = nn.functional.pad(other_x.index_select(1, self.exchange).flip(2)[:, :, 1:], (0, 1))
        return (x + other_x) / 2, (y + other_y.index_select(1, self.exchange)) / 2


class DetectorExport(nn.Module):
    """Mirrored: the mean of the picture's answers and its mirror image's, at twice the time."""

    def __init__(self, network: DetectorNetwork, mirrored: bool = False, size: int = SIZE):
        super().__init__()
        self.network = fold_batch_norm(copy.deepcopy(network).eval())
        self.network.resize(size)
        self.mirrored = mirrored
        self.register_buffer("cells", mirrored_cells(size))
        self.register_buffer("columns", torch.tensor(MIRRORED_COLUMNS))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        image = (image - PAD) / 58
        raw = self.network.raw(image)
        if self.mirrored:
            other = self.network.raw(image.flip(3)).index_select(1, self.cells)
            raw = (raw + other.index_select(2, self.columns)) / 2
        return self.network.boxes(raw), raw[..., 0].sigmoid()


def load_network(kind: str, file: Path, averaged: bool = True) -> nn.Module:
    """From a checkpoint, or from a file exported before."""
    if file.suffix == ".onnx":
        network = network_of(kind, warm_start.shape_of(file))
        warm_start.load_folded(network, file)
        return network.eval()
    content = checkpoint.load(file)
    network = network_of(kind, content.get("shape", {}))
    network.load_state_dict(content["average" if averaged else "network"])
    return network.eval()


def network_of(kind: str, shape: dict) -> nn.Module:
    return PoseNetwork(PoseShape(**shape)) if kind == "pose" else DetectorNetwork(DetectorShape(**shape))


def samples_seen(file: Path) -> int:
    if file.suffix == ".onnx":
        return warm_start.samples_of(file)
    return checkpoint.load(file)["samples"]


# Smaller constants are not worth a node of their own.
LEAST_HALVED = 256


def halve_weights(model: onnx.ModelProto) -> None:
    """Weights are stored in 16 bits and widened as the file is loaded: the network computes in
    float32 as before and as fast, with weights rounded to 11 bits."""
    casts = []
    for weight in model.graph.initializer:
        value = numpy_helper.to_array(weight)
        if value.dtype != np.float32 or value.size < LEAST_HALVED:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    # Before all who use them.
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def export_pose(network: PoseNetwork, out: Path, mirrored: bool = False, half: bool = False) -> None:
    torch.onnx.export(
        PoseExport(network, mirrored), (torch.zeros(1, 3, HEIGHT, WIDTH),), str(out), opset_version=17,
        input_names=["input"], output_names=["simcc_x", "simcc_y"], dynamo=False,
        dynamic_axes={name: {0: "batch"} for name in ("input", "simcc_x", "simcc_y")})
    finish(onnx.load(out), network, out, half)


def export_detector(network: DetectorNetwork, out: Path, mirrored: bool = False, size: int = SIZE,
                    half: bool = False) -> None:
    torch.onnx.export(
        DetectorExport(network, mirrored, size), (torch.zeros(1, 3, size, size),), str(out),
        opset_version=13,
        input_names=["input"], output_names=["boxes", "scores"], dynamo=False)
    model = onnx.load(out)
    append_suppression(model.graph)
    finish(model, network, out, half)


def finish(model: onnx.ModelProto, network: nn.Module, out: Path, half: bool) -> None:
    if half:
        halve_weights(model)
    warm_start.tell_shape(model, network)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out)


def append_suppression(graph: onnx.GraphProto) -> None:
    """boxes [1, cells, 4] and scores [1, cells] to dets [1, n, 5] and labels [1, n]; n may be 0."""
    constants = {
        "nms_most": np.array([MOST_BOXES], np.int64),
        "nms_overlap": np.array([OVERLAP], np.float32),
        "nms_lowest": np.array([LOWEST_SCORE], np.float32), "axis_1": np.array([1], np.int64),
        "axis_2": np.array([2], np.int64), "column_2": np.array(2, np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in constants.items())
    node = helper.make_node
    graph.node.extend([
        node("Unsqueeze", ["scores", "axis_1"], ["nms_scores"]),
        node("NonMaxSuppression",
             ["boxes", "nms_scores", "nms_most", "nms_overlap", "nms_lowest"], ["nms_chosen"]),
        node("Gather", ["nms_chosen", "column_2"], ["nms_cells"], axis=1),
        node("Gather", ["boxes", "nms_cells"], ["kept_boxes"], axis=1),
        node("Gather", ["scores", "nms_cells"], ["kept_scores"], axis=1),
        node("Unsqueeze", ["kept_scores", "axis_2"], ["kept_column"]),
        node("Concat", ["kept_boxes", "kept_column"], ["dets"], axis=2),
        node("Shape", ["kept_scores"], ["labels_shape"]),
        node("ConstantOfShape", ["labels_shape"], ["labels"],
             value=numpy_helper.from_array(np.array([0], np.int64))),
    ])
    del graph.output[:]
    graph.output.extend([
        helper.make_tensor_value_info("dets", TensorProto.FLOAT, [1, "n", 5]),
        helper.make_tensor_value_info("labels", TensorProto.INT64, [1, "n"]),
    ])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("pose", "detector"))
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--mirrored", action="store_true",
                        help="mean of picture and mirror image, at twice the time")
    parser.add_argument("--half", action="store_true", help="weights stored in 16 bits")
    parser.add_argument("--raw-weights", action="store_true", help="not the moving average")
    options = parser.parse_args()
    network = load_network(options.kind, options.checkpoint, not options.raw_weights)
    if options.kind == "pose":
        export_pose(network, options.out, options.mirrored, options.half)
    else:
        export_detector(network, options.out, options.mirrored, half=options.half)
    print(f"{options.out} {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
