"""Renders training crops and detector pictures into the trainers' format.

    python -m renderer.pack OUTPUT [--crops 3000] [--pictures 600] [--empty 100]
"""

import argparse
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from . import render_empty_scene, render_scene
from .points import COUNT
from .scene import HIDDEN, VISIBLE

SOURCE = "drawn"
CROP = (168, 224)
MARGIN = 1.5
# A hidden joint can be guessed from its neighbours, but is worth less.
WEIGHTS = {HIDDEN: 102, VISIBLE: 255}
LEAST_SHARE = {"crop": 0.45, "person": 0.25}
LEAST_POINTS, LEAST_SIZE = 6, 40


def is_validation(picture):
    return np.uint8(zlib.crc32((SOURCE + picture).encode()) % 40 == 0)


def encode(image, quality):
    done, data = cv2.imencode(".webp", image[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise RuntimeError("this OpenCV cannot write WebP")
    return data.tobytes()


def crop_person(image, box):
    """The crop, its scale and the map of points; black outside the picture."""
    width, height = box[2] - box[0], box[3] - box[1]
    wide = max(width, height * CROP[0] / CROP[1]) * MARGIN
    scale = CROP[0] / wide
    offset = np.array(CROP) / 2 - scale * np.array([box[0] + box[2], box[1] + box[3]]) / 2
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    return cv2.warpAffine(image, matrix, CROP, flags=cv2.INTER_LINEAR), scale, offset


def crops_of(seed, number):
    """All usable people of one scene."""
    rng = np.random.default_rng([seed, 1, number])
    scene = render_scene(rng, int(rng.integers(280, 480)), int(rng.integers(290, 400)))
    picture = f"{SOURCE}-{seed}-{number:06d}"
    result = []
    for index, person in enumerate(scene.people):
        size = person.box[2:] - person.box[:2]
        body = person.visibility[:17] > 0
        if person.share < LEAST_SHARE["crop"] or size.max() < 2 * LEAST_SIZE or size.min() < 0.6 * LEAST_SIZE:
            continue
        if body.sum() < LEAST_POINTS:
            continue
        image, scale, offset = crop_person(scene.image, person.box)
        points = person.keypoints * scale + offset
        weight = np.array([WEIGHTS.get(int(v), 0) for v in person.visibility], np.uint8)
        weight[((points < 0) | (points > np.array(CROP) - 1)).any(1)] = 0
        xy = np.where(weight[:, None] > 0, np.round(points * 32), 0).astype(np.int16)
        result.append((encode(image, 74), xy, weight, picture, index, person.box, scale))
    return result


def picture_of(seed, number, empty):
    rng = np.random.default_rng([seed, 2, number])
    short = int(rng.choice([180, 213, 240, 240, 320]))
    size = (320, short) if rng.random() < 0.6 else (short, 320)
    scene = render_empty_scene(rng, *size) if empty else render_scene(rng, *size)
    boxes = [[*person.box, float(person.share >= LEAST_SHARE["person"])] for person in scene.people]
    return encode(scene.image, 70), f"{SOURCE}-{seed}-d{number:06d}", size, boxes


def _crop_job(job):
    return [crop for number in range(*job[1]) for crop in crops_of(job[0], number)]


def _picture_job(job):
    return [picture_of(job[0], number, number in job[2]) for number in range(*job[1])]


def _offsets(blobs):
    length = np.array([len(blob) for blob in blobs], np.int32)
    return np.concatenate([[0], np.cumsum(length, dtype=np.int64)[:-1]]), length


def pack_crops(pool, output, seed, count):
    rows, start, step = [], 0, 24
    while len(rows) < count:
        jobs = [(seed, (start + k * step, start + (k + 1) * step)) for k in range(4)]
        for part in pool.map(_crop_job, jobs):
            rows.extend(part)
        start += 4 * step
        print(f"crops {len(rows)} of {count}", flush=True)
    rows = rows[:count]
    blobs = [row[0] for row in rows]
    offset, length = _offsets(blobs)
    (output / "pose_drawn.bin").write_bytes(b"".join(blobs))
    pictures = np.array([row[3] for row in rows])
    np.savez_compressed(
        output / "pose_drawn_labels.npz", source_names=np.array([SOURCE]), source=np.zeros(count, np.uint8),
        offset=offset, length=length, xy=np.stack([row[1] for row in rows]), weight=np.stack([row[2] for row in rows]),
        picture=pictures, person=np.array([row[4] for row in rows], np.uint8),
        box=np.array([row[5] for row in rows], np.float32), scale=np.array([row[6] for row in rows], np.float32),
        agreement=np.ones(count, np.float32), val=np.array([is_validation(p) for p in pictures]))
    assert rows[0][1].shape == (COUNT, 2)


def pack_pictures(pool, output, seed, count, empty):
    chosen = frozenset(np.linspace(0, count - 1, empty).astype(int).tolist()) if empty else frozenset()
    jobs = [(seed, (a, min(count, a + 20)), chosen) for a in range(0, count, 20)]
    rows = []
    for part in pool.map(_picture_job, jobs):
        rows.extend(part)
        print(f"pictures {len(rows)} of {count}", flush=True)
    blobs = [row[0] for row in rows]
    offset, length = _offsets(blobs)
    (output / "detector_drawn.bin").write_bytes(b"".join(blobs))
    names = np.array([row[1] for row in rows])
    boxes = np.array([box for row in rows for box in row[3]], np.float16).reshape(-1, 5)
    start = np.concatenate([[0], np.cumsum([len(row[3]) for row in rows])]).astype(np.int32)
    np.savez_compressed(
        output / "detector_drawn_labels.npz", offset=offset, length=length, source=np.array([SOURCE] * count),
        picture=names, size=np.array([row[2] for row in rows], np.int16), boxes=boxes, box_start=start,
        val=np.array([is_validation(name) for name in names]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--crops", type=int, default=3000)
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--empty", type=int, default=100, help="of these pictures, without anybody")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.processes) as pool:
        pack_crops(pool, options.output, options.seed, options.crops)
        pack_pictures(pool, options.output, options.seed, options.pictures, options.empty)
    (options.output / "READY").write_text("complete\n")


if __name__ == "__main__":
    main()
