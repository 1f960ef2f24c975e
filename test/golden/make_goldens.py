"""What rtmlib, OpenCV and NumPy make of the drawn pictures with the starter models: test/golden/drawn.json.

    python make_goldens.py [--write] [--shared DIR]

Without --write it compares with the file that is there, says what differs and ends with 1 where something does. Numbers may
differ by 0.05 (pixels) without a word: other processors move last digits. Bytes may not.
--shared compares the letterboxes, crops, boxes and points of the shared test data in the same way.
Sessions run on one thread, so that the figures can be repeated.
"""
import argparse
import hashlib
import json
import pathlib
import platform
import sys

import cv2
import numpy as np
import onnxruntime

make_session = onnxruntime.InferenceSession


def one_thread(path_or_bytes, providers=None, **more):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return make_session(path_or_bytes, sess_options=options, providers=providers, **more)


# rtmlib offers no setting for it, and asks onnxruntime for sessions by this name.
onnxruntime.InferenceSession = one_thread

from rtmlib import RTMDet, RTMPose, YOLOX  # noqa: E402
from rtmlib.version import __version__ as rtmlib_version  # noqa: E402

here = pathlib.Path(__file__).resolve().parent
project = here.parent.parent
TOLERANCE = 0.05
POSE_SIZE = (192, 256)
LETTERBOX_SIDES = (320, 416, 640)
# In picture pixels: plain, over two edges, thin, a few pixels, larger than the picture.
BOXES = [(100.5, 80.25, 300.75, 520), (-60, -30, 180.5, 240), (310, 20, 330.2, 590), (50.2, 60.6, 55.9, 71.3), (-100, -100, 1300, 1100)]


def digest(pixels):
    """Of bytes in the order R, G, B."""
    return hashlib.sha256(np.ascontiguousarray(pixels[..., ::-1])).hexdigest()


def file_digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def numbers(values):
    """Ready for JSON: float64 in full, float32 in its shortest form."""
    values = np.asarray(values)
    return [float(str(value)) for value in values.ravel()] if values.ndim == 1 else [numbers(row) for row in values]


def letterbox(tool, picture):
    pixels, ratio = tool.preprocess(picture)
    return {'size': tool.model_input_size[0], 'ratio': float(ratio), 'sha256': digest(pixels)}


def crop(tool, picture, box):
    """The bytes that the pose network would be fed before they are normalised."""
    pixels, centre, scale = tool.preprocess(picture, np.array(box, np.float32))
    return {'box': list(box), 'centre': numbers(centre), 'scale': numbers(scale), 'sha256': digest(pixels)}


def find_boxes(detector, picture):
    return np.asarray(detector(picture)).reshape(-1, 4)


def estimate(pose, picture, boxes):
    """Where there is no box rtmlib poses the whole picture; the service answers that nobody is there."""
    if len(boxes) == 0:
        return []
    # The network was trained with R, G, B, though rtmlib by itself feeds B, G, R.
    points, scores = pose(picture[..., ::-1], bboxes=boxes)
    return [{'keypoints': numbers(points[index]), 'scores': numbers(scores[index])} for index in range(len(boxes))]


def make_drawn():
    starter = project / 'models' / 'starter'
    facts = json.loads((starter / 'starter.json').read_text())
    side = facts['detector']['inputSize']
    detector = YOLOX(str(starter / 'detector.onnx'), model_input_size=(side, side))
    pose = RTMPose(str(starter / 'pose.onnx'), model_input_size=POSE_SIZE)
    plain = RTMPose(str(starter / 'pose.onnx'), model_input_size=POSE_SIZE, mean=None, std=None)
    sides = [YOLOX(str(starter / 'detector.onnx'), model_input_size=(size, size)) for size in LETTERBOX_SIDES]
    pictures = {}
    for path in sorted((project / 'test' / 'fixtures' / 'drawn').glob('*.jpg')):
        picture = cv2.imread(str(path))
        height, width = picture.shape[:2]
        boxes = find_boxes(detector, picture)
        pictures[path.name] = {
            'width': width,
            'height': height,
            'sha256': digest(picture),
            'letterboxes': [letterbox(tool, picture) for tool in sides],
            'crops': [crop(plain, picture, box) for box in BOXES],
            'boxes': numbers(boxes) if len(boxes) else [],
            'people': estimate(pose, picture, boxes)
        }
    return {
        'madeBy': 'test/golden/make_goldens.py',
        'versions': {'rtmlib': rtmlib_version, 'opencv': cv2.__version__, 'numpy': np.__version__, 'onnxruntime': onnxruntime.__version__, 'machine': platform.machine()},
        'models': {name: file_digest(starter / name) for name in ('detector.onnx', 'pose.onnx')},
        'pictures': pictures
    }


def compare_shared(shared):
    """Differences between the golden files of the shared test data and what this machine makes."""
    testdata, folder = shared / 'testdata', shared / 'golden'
    found = []
    golden = json.loads((folder / 'rtmlib_rgb.json').read_text())
    made = {'YOLOX': YOLOX, 'RTMDet': RTMDet}
    pose_file = str(testdata / golden['models']['pose']['path'])
    pose = RTMPose(pose_file, model_input_size=POSE_SIZE)
    plain = RTMPose(pose_file, model_input_size=POSE_SIZE, mean=None, std=None)
    pieces = json.loads((folder / 'intermediates' / 'intermediates.json').read_text())

    def read(source):
        return cv2.imread(str(testdata / source if source.startswith('images/') else folder / 'intermediates' / source))

    detector_file = str(testdata / golden['models']['yolox_nano_humanart_416']['path'])
    for piece in pieces['letterbox']:
        tool = YOLOX(detector_file, model_input_size=(piece['size'], piece['size']))
        differ(piece['rgb_sha256'], letterbox(tool, read(piece['source']))['sha256'], f"letterbox {piece['png']}", found)
    for piece in pieces['crops']:
        box = np.array(piece['box'], piece['box_dtype'])
        pixels, centre, scale = plain.preprocess(read(piece['source']), box)
        differ(piece['rgb_sha256']['5'], digest(pixels), f"crop {piece['png']['5']}", found)
    for name in ('yolox_nano_humanart_416', 'rtmdet_nano_640'):
        facts = golden['models'][name]
        detector = made[facts['cls']](str(testdata / facts['path']), model_input_size=tuple(facts['size']))
        for path, wanted in golden['pictures'].items():
            if not path.startswith('images/photos/') or name not in wanted['detectors']:
                continue
            picture, expected = cv2.imread(str(testdata / path)), wanted['detectors'][name]
            boxes = find_boxes(detector, picture)
            differ(expected['boxes'], numbers(boxes) if len(boxes) else [], f'{path} {name} boxes', found)
            # In the golden boxes: where last digits move a box, they move pixels of the crop, and with them points.
            people = estimate(pose, picture, np.array(expected['boxes'], np.float32))
            for index, (person, now) in enumerate(zip(expected['people'], people)):
                differ(person['keypoints'], now['keypoints'][:17], f'{path} {name} person {index} points', found)
    return found


def differ(wanted, now, what, found):
    """Notes where two nested values differ, numbers by how much."""
    if isinstance(wanted, (int, float)) and isinstance(now, (int, float)):
        wanted, now = [wanted], [now]
    if isinstance(wanted, dict) and isinstance(now, dict):
        for key in sorted(set(wanted) | set(now)):
            differ(wanted.get(key), now.get(key), f'{what}.{key}', found)
    elif isinstance(wanted, list) and isinstance(now, list) and len(wanted) == len(now):
        if wanted and all(isinstance(value, (int, float)) for value in wanted + now):
            most = max(abs(a - b) for a, b in zip(wanted, now))
            if most > TOLERANCE:
                found.append(f'{what}: numbers differ by up to {most:g}')
        else:
            for index, (a, b) in enumerate(zip(wanted, now)):
                differ(a, b, f'{what}[{index}]', found)
    elif wanted != now:
        found.append(f'{what}: {str(wanted)[:80]} is now {str(now)[:80]}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--write', action='store_true')
    parser.add_argument('--shared', type=pathlib.Path)
    options = parser.parse_args()
    file = here / 'drawn.json'
    made = make_drawn()
    found = []
    if options.write:
        file.write_text(json.dumps(made, separators=(',', ':')).replace('"figure', '\n"figure').replace('"empty', '\n"empty') + '\n')
        print(f'{file.relative_to(project)} is written: {len(made["pictures"])} pictures, {sum(len(one["people"]) for one in made["pictures"].values())} people.')
    else:
        differ(json.loads(file.read_text()), json.loads(json.dumps(made)), 'drawn.json', found)
    if options.shared:
        found += compare_shared(options.shared)
    for line in found[:40]:
        print(line)
    checked = ([] if options.write else ['drawn.json']) + (['the shared golden files'] if options.shared else [])
    if checked:
        print(f'{" and ".join(checked)}: {len(found)} differences from what this machine makes.')
    sys.exit(1 if found else 0)


main()
