"""Checkpoints: all that a run needs to go on; a crash never leaves half a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


def save(path: Path, content: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def load(path: Path, device: str = "cpu") -> dict[str, Any]:
    content = torch.load(path, map_location=device, weights_only=True)
    for name in ("network", "average"):
        content[name] = {current_name(key): value for key, value in content[name].items()}
    return content


def current_name(key: str) -> str:
    """Checkpoints of version 0.1 had the pose network's read-out in two layers of its own."""
    return key.replace("read_x.weight", "read.x.weight").replace("read_y.weight", "read.y.weight")
