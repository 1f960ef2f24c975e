"""Writes the project's own example pictures and their exact points.

    python -m renderer.examples OUTPUT_FOLDER
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from . import FigureRequest, render_empty_scene, render_scene


def _figure(pose, yaw, height, x, y, gestures=None):
    return FigureRequest(pose=pose, yaw=yaw, pitch=4.0, height=height, centre=(x, y), gestures=gestures,
                         plain=True, occluded=False)


# Name, seed, width, height, people. The seeds were chosen by looking.
FIGURES = (
    ("figure-1", 4, 640, 800, [_figure("standing", 8, 680, 320, 410, ("hang", "wave"))]),
    ("figure-2", 6, 900, 680, [_figure("standing", 20, 560, 270, 350, ("hip", "hang")),
                               _figure("standing", -25, 520, 620, 375, ("hang", "front"))]),
    ("figure-3", 5, 640, 720, [_figure("sitting", 28, 540, 320, 380)]),
    ("figure-4", 3, 720, 720, [_figure("walking", 78, 600, 360, 375)]),
    ("figure-5", 1, 960, 640, [_figure("standing", 15, 430, 150, 340, ("hang", "hang")),
                               _figure("arms_up", -5, 500, 380, 355),
                               _figure("standing", 170, 440, 600, 360, ("hang", "hip")),
                               _figure("walking", -35, 450, 810, 370)]),
    ("figure-6", 1, 720, 800, [_figure("jump", -15, 620, 360, 390)]),
)
EMPTY = (("empty-1", 0, 800, 600), ("empty-2", 10, 800, 600), ("empty-3", 4, 800, 600))
MOST_BYTES = 150_000


def write_picture(path, image):
    """JPEG of the best quality that keeps the file small."""
    for quality in (92, 88, 84, 78, 70):
        _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(data) <= MOST_BYTES:
            break
    path.write_bytes(data.tobytes())


def describe(scene):
    height, width = scene.image.shape[:2]
    people = []
    for person in scene.people:
        points = [[round(float(x), 2), round(float(y), 2), int(v)]
                  for (x, y), v in zip(person.keypoints, person.visibility)]
        people.append({"box": [round(float(v), 1) for v in person.box], "keypoints": points})
    return {"width": width, "height": height, "people": people}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    truth = {}
    for name, seed, width, height, people in FIGURES:
        scene = render_scene(np.random.default_rng([1234, seed]), width, height, people)
        write_picture(output / f"{name}.jpg", scene.image)
        truth[f"{name}.jpg"] = describe(scene)
    for name, seed, width, height in EMPTY:
        scene = render_empty_scene(np.random.default_rng([4321, seed]), width, height)
        write_picture(output / f"{name}.jpg", scene.image)
        truth[f"{name}.jpg"] = describe(scene)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in truth.items())
    (output / "truth.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
