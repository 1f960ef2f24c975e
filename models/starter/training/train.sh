#!/bin/sh
# Trains both starter models from a data folder, in turn, and makes the files of a version.
#   train.sh DATA_FOLDER STATE_FOLDER TEACHER.onnx VERSION
# Interrupt it at will: the same command goes on from the last checkpoint.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=$1 state=$2 teacher=$3 version=$4
python=${PYTHON:-python3}
export STARTER_DATA="$data" STARTER_STATE="$state" OMP_NUM_THREADS=1
if [ ! -e "$state/data/rechecked/detector_labels.npz" ]; then
  "$python" "$here/recheck_ignored.py" "$data/detector_labels.npz" "$teacher" \
    "$state/data/rechecked" --cache "$state/cache"
fi
"$python" "$here/train_detector.py"
"$python" "$here/train_pose.py"
"$python" "$here/release.py" "$version" --pose "$state/pose/checkpoint.pt" \
  --detector "$state/detector/checkpoint.pt" --out "$state/release-$version"
