#!/bin/sh
# make test-package: packs the package as `npm publish` does, installs it into an empty folder as a user does, and starts what is
# in it. Takes packages from npm's cache where it can.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm pack --silent --pack-destination "$work" > "$work/name"
archive=$work/$(tail -n 1 "$work/name")
mkdir "$work/project"
cd "$work/project"
echo '{ "private": true }' > package.json
npm install --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error "$archive"

node_modules/.bin/label-studio-rtmpose --help > "$work/help"
grep -q 'predict' "$work/help" || { cat "$work/help"; echo 'The packed command does not list its commands.' >&2; exit 1; }
# The starter models are inside, so a picture becomes people without any download.
mkdir pictures
cp node_modules/label-studio-rtmpose/models/starter/figure.jpg pictures/
MODE=starter MODEL_DIR=$work/models MODEL_DOWNLOAD=never node_modules/.bin/label-studio-rtmpose predict pictures --out "$work/out"
grep -q '"nose"' "$work/out/json/figure.jpg.json" || { echo 'The packed command found nobody on the drawn figure.' >&2; exit 1; }
echo "The package works from $(du -k "$archive" | cut -f 1) KiB."
