#!/bin/sh
# Installs the real Label Studio once (about 1 GB from PyPI, into the user's cache folder) and runs the tests against it:
#   sh scripts/test-label-studio.sh [test files | --install]
# --install does the first half alone. SCREENSHOTS=docs/images takes the pictures of the documentation anew.
# LABEL_STUDIO_RELEASE takes another release. Needs Python 3.10 or newer, the shared test data, and Chromium.
set -eu
cd "$(dirname "$0")/.."
shared=${SHARED_DIR:-../shared}
starter=$shared/labelstudio/tools/label-studio-local
[ -x "$starter" ] || { echo "There is no starter of Label Studio at $starter: set SHARED_DIR to the folder of the shared test data." >&2; exit 1; }
export LABEL_STUDIO_RELEASE="${LABEL_STUDIO_RELEASE:-1.23.2}"
export LABEL_STUDIO_VENV="${LABEL_STUDIO_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/label-studio-rtmpose-tests/label-studio-$LABEL_STUDIO_RELEASE}"
"$starter" install --venv "$LABEL_STUDIO_VENV" --version "$LABEL_STUDIO_RELEASE" >&2
[ "${1-}" != --install ] || exit 0
[ $# -gt 0 ] || set -- test/label-studio/real/*.test.ts
# Each file has a Label Studio of its own. JOBS=1 for figures: then nothing else takes the time that an annotator waits.
exec node_modules/.bin/tsx scripts/run-tests.ts --jobs "${JOBS:-2}" --timeout 600 "$@"
