"""A network to train on from an exported ONNX file: where the checkpoint is lost, or was never had.

The file's batch norms are folded into its convolutions. Each is set up again from statistics
measured on training samples, so that the network computes what the file computes, and the
kernels get the size that fresh ones have, so that the learning rate means the same to them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

# Channels that hardly move keep a finite kernel.
LEAST_NORM = 1e-4
SAMPLES_SEEN = "samples_seen"
# Properties of the file: its network's channels and blocks.
SHAPE = "shape"


def file_weights(network: nn.Module, file: Path) -> dict[str, Tensor]:
    """Weights by the names of the folded network."""
    graph = onnx.load(file).graph
    stored = {entry.name: torch.from_numpy(numpy_helper.to_array(entry).copy())
              for entry in graph.initializer}
    # Some are stored in 16 bits, under another name.
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            stored[node.output[0]] = stored.pop(node.input[0]).float()
    weights = {name.removeprefix("network."): value for name, value in stored.items()}
    # Matrices are stored transposed and without their name; each has a shape of its own.
    used = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    matrices = {value.T.shape: value.T for name, value in stored.items() if name in used}
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Linear) and layer.weight.shape in matrices:
            weights[f"{name}.weight"] = matrices[layer.weight.shape]
    return weights


def normed_convolutions(network: nn.Module) -> list[tuple[str, nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution that a batch norm follows in a sequence, with its name."""
    pairs = []
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            layers = list(module)
            pairs += [(f"{name}.{i}", one, next_one)
                      for i, (one, next_one) in enumerate(zip(layers, layers[1:]))
                      if isinstance(one, nn.Conv2d) and isinstance(next_one, nn.BatchNorm2d)]
    return pairs


@torch.no_grad()
def load_folded(network: nn.Module, file: Path) -> None:
    """The file's function, with batch norms that only add the folded bias."""
    weights = file_weights(network, file)
    normed = {f"{name}.bias": norm for name, _, norm in normed_convolutions(network)}
    own = {id(p) for norm in normed.values() for p in norm.parameters()}
    wanted = [name for name, p in network.named_parameters() if id(p) not in own] + list(normed)
    missing = next((name for name in wanted if name not in weights), None)
    if missing:
        raise ValueError(f"{file.name} has no {missing}: exported from another architecture?")
    for name, norm in normed.items():
        nn.init.constant_(norm.running_var, 1 - norm.eps)
        nn.init.zeros_(norm.running_mean)
        nn.init.ones_(norm.weight)
        norm.bias.copy_(weights[name])
    for name, parameter in network.named_parameters():
        if id(parameter) not in own:
            parameter.copy_(weights[name])


@torch.no_grad()
def measure(network: nn.Module, passes: Callable[[], None]) -> dict[nn.Module, tuple[Tensor, Tensor]]:
    """Mean and variance of every normed convolution's output over what `passes` runs through it."""
    sums: dict[nn.Module, list] = {}

    def add(layer: nn.Module, _: object, out: Tensor) -> None:
        out = out.double()
        total = sums.setdefault(layer, [0, 0, 0])
        total[0] += out.numel() // out.shape[1]
        total[1] += out.sum((0, 2, 3))
        total[2] += out.square().sum((0, 2, 3))

    hooks = [conv.register_forward_hook(add) for _, conv, _ in normed_convolutions(network)]
    network.eval()
    passes()
    for hook in hooks:
        hook.remove()
    return {layer: (first / count, (second / count - (first / count).square()).clamp_min(0))
            for layer, (count, first, second) in sums.items()}


@torch.no_grad()
def unfold(network: nn.Module, passes: Callable[[], None]) -> None:
    """Gives the batch norms of `load_folded` the measured statistics; the function stays."""
    measured = measure(network, passes)
    for _, conv, norm in normed_convolutions(network):
        mean, variance = measured[conv]
        kernels = conv.weight.flatten(1).double()
        # A fresh kernel is uniform with this deviation, whatever its fan-in.
        fresh = (3 * kernels.shape[1]) ** -0.5
        factor = fresh / kernels.square().mean(1).sqrt().clamp_min(LEAST_NORM)
        conv.weight.mul_(factor.float()[:, None, None, None])
        mean, variance = mean * factor, variance * factor.square()
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        gain = (variance + norm.eps).sqrt() / factor
        norm.weight.copy_(gain)
        norm.bias.add_((mean / factor).float())


def told(model: onnx.ModelProto, key: str) -> str | None:
    return next((entry.value for entry in model.metadata_props if entry.key == key), None)


def tell(model: onnx.ModelProto, key: str, value: str) -> None:
    properties = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**properties, key: value})


def tell_shape(model: onnx.ModelProto, network: nn.Module) -> None:
    tell(model, SHAPE, json.dumps(asdict(network.shape)))


def shape_of(file: Path) -> dict:
    """Of the network in an exported file; empty for those that do not say it, made before 0.5.0."""
    shape = json.loads(told(onnx.load(file), SHAPE) or "{}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in shape.items()}


def samples_of(file: Path) -> int:
    """Samples the file's network has seen: what a mixed file says, otherwise the version's card
    beside it (0: unknown)."""
    card = file.with_name("starter.json")
    seen = told(onnx.load(file), SAMPLES_SEEN)
    if seen:
        return int(seen)
    if not card.exists():
        return 0
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    parts = json.loads(card.read_text())
    return next((part["samplesSeen"] for part in parts.values()
                 if isinstance(part, dict) and part.get("sha256") == digest), 0)
