"""Contact sheet of scenes with their points, to look at."""

import argparse

import cv2
import numpy as np

from . import render_scene
from .points import LINKS


def annotate(scene, zoom=1):
    image = cv2.resize(scene.image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for person in scene.people:
        points = (person.keypoints + 0.5) * zoom - 0.5
        for a, b in LINKS:
            if person.visibility[a] and person.visibility[b]:
                cv2.line(image, tuple(points[a].astype(int)), tuple(points[b].astype(int)), (255, 255, 0), 1)
        for i, (x, y) in enumerate(points):
            if person.visibility[i]:
                left = i in (1, 3, 5, 7, 9, 11, 13, 15, 17, 18, 19) or 91 <= i < 112
                tone = (0, 230, 0) if left else (255, 60, 0)
                tone = (0, 160, 255) if i == 0 or 23 <= i < 91 else tone
                tone = tone if person.visibility[i] == 2 else (255, 0, 255)
                cv2.circle(image, (int(round(x)), int(round(y))), 1 if i > 22 else 2, tone, -1)
        x0, y0, x1, y1 = (person.box * zoom).astype(int)
        cv2.rectangle(image, (x0, y0), (x1, y1), (255, 255, 255), 1)
    return image


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, nargs=2, default=(240, 320))
    parser.add_argument("--grid", type=int, nargs=2, default=(6, 3))
    parser.add_argument("--plain", action="store_true", help="without points")
    options = parser.parse_args()
    columns, rows = options.grid
    tiles = []
    for i in range(columns * rows):
        scene = render_scene(np.random.default_rng([options.seed, i]), *options.size)
        tiles.append(scene.image if options.plain else annotate(scene))
    lines = [np.concatenate(tiles[r * columns:(r + 1) * columns], axis=1) for r in range(rows)]
    cv2.imwrite(options.output, np.concatenate(lines)[..., ::-1])


if __name__ == "__main__":
    main()
