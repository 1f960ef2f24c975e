"""Where the tests find the training data; those that need it are skipped without it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

TRAINING = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TRAINING))
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    folder = Path(os.environ.get("STARTER_DATA", TRAINING.parents[2] / "../shared/training"))
    if not (folder / "pose_labels.npz").exists():
        pytest.skip(f"no training data at {folder} (set STARTER_DATA)")
    return folder


def _first_rows(data: Path, out: Path, count: int, persons_from: int) -> None:
    """A small copy of the coco crops, so that no test decodes the whole collection."""
    with np.load(data / "pose_labels.npz") as archive:
        labels = {name: archive[name] for name in archive.files}
    coco = list(labels["source_names"]).index("coco")
    rows = np.flatnonzero((labels["source"] == coco) & (labels["val"] == 0))
    rows = rows[persons_from:persons_from + count]
    blob = np.memmap(data / "pose_coco.bin", np.uint8, "r")
    pieces = [blob[o:o + n] for o, n in zip(labels["offset"][rows], labels["length"][rows])]
    names = labels.pop("source_names")
    small = {name: array[rows] for name, array in labels.items()}
    small["offset"] = np.concatenate([[0], np.cumsum([len(p) for p in pieces])[:-1]])
    small["source"] = np.zeros(len(rows), np.uint8)
    np.concatenate(pieces).tofile(out / "pose_few.bin")
    np.savez(out / "pose_few_labels.npz", source_names=np.array(["few"]), **small)
    assert len(names) > coco


@pytest.fixture(scope="session")
def few_crops(data_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    """A source of 64 labelled crops."""
    from sample_store import load_sources
    folder = tmp_path_factory.mktemp("few")
    _first_rows(data_folder, folder, 64, 0)
    (source,) = load_sources([{"labels": str(folder / "pose_few_labels.npz")}], {},
                             folder / "cache")
    return source


class DrawnSource:
    """One made-up crop with a coloured spot at each of some points: needs no data."""

    def __init__(self, points: np.ndarray, colours: np.ndarray):
        import cv2
        canvas = np.zeros((224, 168, 3), np.uint8)
        for (x, y), colour in zip(points, colours):
            cv2.circle(canvas, (int(x), int(y)), 4, tuple(int(c) for c in colour), -1)
        self.canvas = canvas
        xy = np.zeros((1, 133, 2), np.int16)
        weight = np.zeros((1, 133), np.uint8)
        xy[0, :len(points)] = np.rint(points * 32)
        weight[0, :len(points)] = 255
        self.labels = {"xy": xy, "weight": weight, "scale": np.ones(1, np.float32),
                       "box": np.array([[200, 300, 280, 380]], np.float32)}
        self.rows = np.array([0])

    def picture(self, i: int) -> np.ndarray:
        return self.canvas


@pytest.fixture
def spots():
    rng = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(-1, 2)
    points = grid * 20.0 + (54, 78)
    colours = rng.permutation(np.array([[r, g, b] for r in (60, 150, 255) for g in (60, 150, 255)
                                        for b in (60, 255)]))[:16]
    return DrawnSource(points, colours), colours
