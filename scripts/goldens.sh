#!/bin/sh
# Makes test/golden/drawn.json again from the reference (rtmlib, OpenCV, NumPy; pinned in test/golden/requirements.txt) and says
# what differs from the file that is there, and from the shared test data where there are any:
#   sh scripts/goldens.sh [--write]
# Needs Python 3.11 or newer with venv, and PyPI the first time. GOLDENS_PYTHON names a Python that has the packages already.
set -eu
cd "$(dirname "$0")/.."
python=${GOLDENS_PYTHON-}
if [ -z "$python" ]; then
  environment=.cache/goldens-$(cksum < test/golden/requirements.txt | cut -d ' ' -f 1)
  if [ ! -f "$environment/complete" ]; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    # Without their dependencies: rtmlib asks for the OpenCV that needs a display beside the one that needs none.
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps -r test/golden/requirements.txt
    touch "$environment/complete"
  fi
  python=$environment/bin/python
fi
shared=${SHARED_DIR:-../shared}
[ ! -d "$shared/golden" ] || set -- "$@" --shared "$shared"
exec "$python" test/golden/make_goldens.py "$@"
