"""Sample sources: label files, packed pictures and the decoded-picture cache.

Every picture is decoded once into one flat .npy of bytes that all processes map read-only,
so that they share one copy in memory and a restart costs nothing.
"""

from __future__ import annotations

import glob
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np


@dataclass
class Source:
    """Rows of one label file that lie in one packed picture file."""

    name: str
    labels: dict[str, np.ndarray]
    rows: np.ndarray
    pixels: np.ndarray
    starts: np.ndarray
    shapes: np.ndarray
    factor: float

    def picture(self, i: int) -> np.ndarray:
        height, width = self.shapes[i]
        start = self.starts[i]
        return self.pixels[start:start + height * width * 3].reshape(height, width, 3)


def decode_all(packed: Path, offsets: np.ndarray, lengths: np.ndarray, cache: Path) -> tuple:
    """Decoded RGB pixels of all rows (memory-mapped), their start and [height, width]."""
    identity = f"{packed.stem}-{packed.stat().st_size}-{len(offsets)}"
    pixels_file, index_file = cache / f"{identity}.npy", cache / f"{identity}-index.npz"
    if not index_file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        blob = np.memmap(packed, np.uint8, "r")

        def decode(i: int) -> np.ndarray:
            part = blob[offsets[i]:offsets[i] + lengths[i]]
            picture = cv2.imdecode(part, cv2.IMREAD_COLOR)
            if picture is None:
                raise ValueError(f"{packed.name}: row {i} is no picture")
            shapes[i] = picture.shape[:2]
            return np.ascontiguousarray(picture[:, :, ::-1]).reshape(-1)

        shapes = np.zeros((len(offsets), 2), np.int64)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            pictures = list(pool.map(decode, range(len(offsets))))
        starts = np.concatenate([[0], np.cumsum(shapes.prod(1) * 3)])[:-1]
        part = pixels_file.with_suffix(f".{os.getpid()}.npy")
        np.save(part, np.concatenate(pictures))
        os.replace(part, pixels_file)
        part = index_file.with_suffix(f".{os.getpid()}.npz")
        np.savez(part, starts=starts, shapes=shapes)
        os.replace(part, index_file)
    index = np.load(index_file)
    return np.load(pixels_file, mmap_mode="r"), index["starts"], index["shapes"]


def label_files(entry: dict, folders: dict[str, str]) -> list[Path]:
    pattern = entry["labels"].format(**folders)
    found = [Path(name) for name in sorted(glob.glob(pattern))]
    if not found and not entry.get("optional", False):
        raise FileNotFoundError(f"no label file at {pattern}")
    return found


def source_of_row(labels: dict[str, np.ndarray]) -> np.ndarray:
    names = labels["source"]
    return labels["source_names"][names] if "source_names" in labels else names


def packed_file(labels_file: Path, source: str) -> Path:
    """The pictures beside the labels; `pose_labels.npz` keeps one file per source instead."""
    stem = labels_file.stem.removesuffix("_labels")
    own = labels_file.with_name(f"{stem}.bin")
    return own if own.exists() else labels_file.with_name(f"{stem}_{source}.bin")


def load_sources(entries: list[dict], folders: dict[str, str], cache: Path) -> list[Source]:
    sources = []
    for entry in entries:
        for file in label_files(entry, folders):
            with np.load(file) as archive:
                labels = {name: archive[name] for name in archive.files}
            of_row = source_of_row(labels)
            for name in np.unique(of_row):
                rows = np.flatnonzero(of_row == name)
                pixels, starts, shapes = decode_all(
                    packed_file(file, str(name)), labels["offset"][rows], labels["length"][rows],
                    cache / f"{file.stem}-{name}")
                factor = entry.get("factors", {}).get(str(name), entry.get("factor", 1.0))
                sources.append(Source(str(name), labels, rows, pixels, starts, shapes, factor))
    return sources


class SampleOrder:
    """Which sample comes at which place: a fresh shuffle per pass, computed from the seed alone.

    Nothing but the sample's number enters, so a resumed run goes on exactly where it stopped
    and every process can compute its own part. `val` rows never appear.
    """

    def __init__(self, sources: list[Source], seed: int):
        self.seed = seed
        self.entries = []
        for s, source in enumerate(sources):
            keep = np.flatnonzero(source.labels["val"][source.rows] == 0)
            self.entries.append((s, keep, source.factor))
        self.per_pass = sum(round(len(keep) * factor) for _, keep, factor in self.entries)
        self._pass = -1
        self._order = np.zeros((0, 2), np.int64)

    def __getitem__(self, number: int) -> tuple[int, int]:
        turn, place = divmod(number, self.per_pass)
        if turn != self._pass:
            self._order, self._pass = self._shuffle(turn), turn
        return int(self._order[place, 0]), int(self._order[place, 1])

    def _shuffle(self, turn: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, turn])
        parts = []
        for s, keep, factor in self.entries:
            wanted = round(len(keep) * factor)
            whole, rest = divmod(wanted, max(1, len(keep)))
            chosen = np.concatenate([np.tile(keep, whole), rng.permutation(keep)[:rest]])
            parts.append(np.stack([np.full(len(chosen), s), chosen], 1))
        return rng.permutation(np.concatenate(parts))


def validation_rows(sources: list[Source], leave_out: list[str]) -> list[tuple[int, int]]:
    return [(s, int(i)) for s, source in enumerate(sources) if source.name not in leave_out
            for i in np.flatnonzero(source.labels["val"][source.rows] == 1)]
