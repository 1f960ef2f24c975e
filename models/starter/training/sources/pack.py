"""Packs pictures with person labels for the detector and, where points are known, for the pose network.

    python -m sources.pack SOURCE PICTURES LABELS OUTPUT --teacher DETECTOR.onnx

LABELS holds one text per picture (see `labels`); a picture without a text is one without
labelled people. With --points a second teacher labels the body points of the people who have none. The teacher's confident boxes that no label explains become people, its
unsure ones are ignored in training. Picture names in --exclude never enter.
"""

import argparse
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from .labels import BODY_POINTS, Labelled, read_labels
from .point_teacher import PointTeacher
from .teacher import Teacher, overlap

LONG_SIDE = 320
CROP, MARGIN = (168, 224), 1.5
SURE, UNSURE = 0.55, 0.22
SAME_PERSON = 0.4
LEAST_CROP, LEAST_POINTS = 48, 5
# Of points that a teacher has set: so many at least of such a weight.
TAUGHT_POINTS, TAUGHT_WEIGHT = 6, 0.4
POINTS = 133
_teacher = _point_teacher = None


def _start(path, side, points):
    global _teacher, _point_teacher
    cv2.setNumThreads(1)
    _teacher = Teacher(path, side) if path else None
    _point_teacher = PointTeacher(points) if points else None


def merge(labelled, found, complete):
    """[n,5] boxes with kind 1 person, 0 ignore.

    Where the labels are complete, the teacher may only ask to ignore: what it takes
    for a person there is mostly a cat or a statue, worth learning as background.
    """
    rows = [[*person.box, 1.0] for person in labelled]
    known = np.array([person.box for person in labelled]).reshape(-1, 4)
    for row in found:
        if row[4] < (SURE if complete else UNSURE) or (len(known) and overlap(row[None, :4], known).max() > SAME_PERSON):
            continue
        rows.append([*row[:4], float(row[4] >= SURE and not complete)])
    return np.array(rows, float).reshape(-1, 5)


def agrees(labelled, found, height):
    """Whether the larger labelled people lie where the teacher sees somebody."""
    large = [person.box for person in labelled if person.box[3] - person.box[1] > 0.15 * height]
    sure = found[found[:, 4] > 0.3, :4]
    if not large:
        return not labelled
    return len(sure) > 0 and np.median(overlap(np.array(large), sure).max(1)) > 0.7


def crop_of(image, person):
    """Encoded crop, its points, weights and scale in the trainers' geometry."""
    x0, y0, x1, y1 = person.box
    scale = CROP[0] / (max(x1 - x0, (y1 - y0) * CROP[0] / CROP[1]) * MARGIN)
    offset = np.array(CROP) / 2 - scale * np.array([x0 + x1, y0 + y1]) / 2
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    if scale < 0.6:
        # Averaging first: the plain warp would skip pixels.
        smaller = cv2.resize(image, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        ratio = np.array(smaller.shape[1::-1]) / image.shape[1::-1]
        half = scale * (0.5 / ratio - 0.5)  # resizing keeps the corners, not the first pixel's centre
        matrix = np.array([[scale / ratio[0], 0, offset[0] + half[0]], [0, scale / ratio[1], offset[1] + half[1]]])
        image = smaller
    crop = cv2.warpAffine(image, matrix, CROP, flags=cv2.INTER_LINEAR)
    xy, weight = np.zeros((POINTS, 2), np.int16), np.zeros(POINTS, np.uint8)
    moved = person.points[:, :2] * scale + offset
    inside = ((moved >= 0) & (moved <= np.array(CROP) - 1)).all(1)
    for i in range(BODY_POINTS):
        if person.points[i, 2] > 0 and inside[i]:
            weight[i] = round(255 * label_weight(person, i))
            xy[i] = np.round(moved[i] * 32)
    return _encode(crop, 74), xy, weight, scale


def label_weight(person, i):
    """Of a person's point: 1 visible, 0.8 hidden, or what the teacher gave it."""
    third = person.points[i, 2]
    return third if person.taught else 1 if third > 1.5 else 0.8


def taught(image, labelled, boxes, teacher):
    """People of kind 1 whose points nobody has labelled, with the teacher's."""
    known = [person.box for person in labelled if person.points is not None]
    people = []
    for box in boxes[boxes[:, 4] == 1, :4]:
        big = (box[2:] - box[:2] >= LEAST_CROP).all()
        if not big or (known and overlap(box[None], np.array(known)).max() > SAME_PERSON):
            continue
        points = teacher.points(image, box)
        if (points[:, 2] > TAUGHT_WEIGHT).sum() >= TAUGHT_POINTS:
            people.append(Labelled(box, points, taught=True))
    return people


def _encode(image, quality):
    return cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()


def pack_one(job):
    """Detector row and crops of one picture, or None when it is not usable."""
    path, label_path, options = job
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None or min(image.shape[:2]) < 64:
        return None
    height, width = image.shape[:2]
    labelled = read_labels(label_path, width, height)
    found = _teacher.boxes(image) if _teacher else np.zeros((0, 5))
    if options.check and not agrees(labelled, found, height):
        return None
    boxes = merge(labelled, found, options.complete)
    if options.people_only and not (boxes[:, 4] == 1).any():
        return None
    people = labelled + (taught(image, labelled, boxes, _point_teacher) if _point_teacher else [])
    ratio = options.long_side / max(width, height)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR)
    boxes[:, :4] *= ratio
    crops = []
    for number, person in enumerate(people):
        big = (person.box[2:] - person.box[:2] >= LEAST_CROP).all()
        if person.points is not None and big and (person.points[:, 2] > 0).sum() >= LEAST_POINTS:
            crops.append((*crop_of(image, person), path.stem, number, person.box))
    return _encode(small, 70), path.stem, size, boxes, crops


def validation(source, names):
    return np.array([zlib.crc32((source + name).encode()) % 40 == 0 for name in names], np.uint8)


def _offsets(blobs):
    length = np.array([len(blob) for blob in blobs], np.int32)
    return np.concatenate([[0], np.cumsum(length, dtype=np.int64)[:-1]]), length


def write_detector(output, stem, source, rows):
    offset, length = _offsets([row[0] for row in rows])
    names = np.array([row[1] for row in rows])
    (output / f"detector_{stem}.bin").write_bytes(b"".join(row[0] for row in rows))
    start = np.concatenate([[0], np.cumsum([len(row[3]) for row in rows])]).astype(np.int32)
    np.savez_compressed(
        output / f"detector_{stem}_labels.npz", offset=offset, length=length, source=np.array([source] * len(rows)),
        picture=names, size=np.array([row[2] for row in rows], np.int16),
        boxes=np.concatenate([row[3] for row in rows]).astype(np.float16), box_start=start, val=validation(source, names))


def write_crops(output, stem, source, crops):
    offset, length = _offsets([crop[0] for crop in crops])
    names = np.array([crop[4] for crop in crops])
    (output / f"pose_{stem}.bin").write_bytes(b"".join(crop[0] for crop in crops))
    np.savez_compressed(
        output / f"pose_{stem}_labels.npz", source_names=np.array([source]), source=np.zeros(len(crops), np.uint8),
        offset=offset, length=length, xy=np.stack([crop[1] for crop in crops]),
        weight=np.stack([crop[2] for crop in crops]), picture=names,
        person=np.array([crop[5] for crop in crops], np.uint8), box=np.array([crop[6] for crop in crops], np.float32),
        scale=np.array([crop[3] for crop in crops], np.float32), agreement=np.ones(len(crops), np.float32),
        val=validation(source, names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="name that the labels carry")
    parser.add_argument("pictures", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--stem", help="file name, when it is not the source's")
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--side", type=int, default=480, help="of the teacher's input")
    parser.add_argument("--points", type=Path, help="pose network that labels the points nobody has labelled")
    parser.add_argument("--long-side", type=int, default=LONG_SIDE, help="of the stored detector pictures")
    parser.add_argument("--exclude", type=Path, help="picture names that must not enter, one a line")
    parser.add_argument("--check", action="store_true", help="drop pictures whose labels the teacher does not confirm")
    parser.add_argument("--complete", action="store_true", help="everybody is labelled")
    parser.add_argument("--people-only", action="store_true")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    excluded = set(options.exclude.read_text().split()) if options.exclude else set()
    paths = [p for p in sorted(options.pictures.iterdir()) if p.stem not in excluded]
    # A fixed shuffle, so that --limit takes a fair sample.
    paths = [paths[i] for i in np.random.default_rng(0).permutation(len(paths))]
    paths = paths[:options.limit or None]
    jobs = [(p, options.labels / f"{p.stem}.txt", options) for p in paths]
    stem, rows = options.stem or options.source, []
    options.output.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.processes, initializer=_start, initargs=(options.teacher, options.side, options.points)) as pool:
        for done, row in enumerate(pool.map(pack_one, jobs, chunksize=8), 1):
            rows.extend([row] if row else [])
            if done % 200 == 0:
                print(f"{done} of {len(jobs)}, {len(rows)} kept", flush=True)
    write_detector(options.output, stem, options.source, rows)
    crops = [crop for row in rows for crop in row[4]]
    if crops:
        write_crops(options.output, stem, options.source, crops)
    print(f"{len(rows)} pictures, {sum((row[3][:, 4] == 1).sum() for row in rows):.0f} people, {len(crops)} crops")


if __name__ == "__main__":
    main()
