"""rtmlib, one picture at a time, for bench/overhead.ts: reads a path per line, answers with two processor times in ms:
of all it did, and of poses where it had found nobody.

    python rtmlib_picture.py detector.onnx 416 pose.onnx

Both sessions run on one thread, which is rtmlib at its best on few cores (it offers no setting for it).
"""
import contextlib
import io
import os
import sys
import time

os.environ['OMP_NUM_THREADS'] = '1'

import cv2  # noqa: E402
import onnxruntime  # noqa: E402

cv2.setNumThreads(1)
make_session = onnxruntime.InferenceSession


def one_thread(path_or_bytes, sess_options=None, **more):
    options = sess_options or onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return make_session(path_or_bytes, sess_options=options, **more)


onnxruntime.InferenceSession = one_thread

import rtmlib  # noqa: E402

detector_file, side, pose_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with contextlib.redirect_stdout(io.StringIO()):
    detector = rtmlib.YOLOX(detector_file, model_input_size=(side, side))
    pose = rtmlib.RTMPose(pose_file, model_input_size=(192, 256))

print('ready', flush=True)
for line in sys.stdin:
    before = time.process_time()
    picture = cv2.imread(line.rstrip('\n'))
    boxes = detector(picture)
    detected = time.process_time()
    pose(picture, bboxes=boxes)
    done = time.process_time()
    # Where nobody is found rtmlib estimates a pose of the whole picture.
    needless = done - detected if len(boxes) == 0 else 0
    print(f'{(done - before) * 1000:.3f} {needless * 1000:.3f}', flush=True)
