#!/bin/sh
# Sends a picture file to the service and prints the people with their named points, in percent of the picture. Needs curl alone.
#   sh examples/predict-people.sh person.jpg
#   POSE_URL=http://poses.example:9090 sh examples/predict-people.sh person.jpg
set -eu
url=${POSE_URL:-http://localhost:9090}
[ $# -eq 1 ] || { echo 'sh examples/predict-people.sh <picture file>' >&2; exit 64; }
[ -r "$1" ] || { echo "There is no file $1." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# curl waits as the service asks for after 429 and 503, and tries again. Other refusals end it: code and sentence stand in the body.
ask () {
  curl --silent --show-error --retry 5 --max-time 120 --output "$work/answer" --write-out '%{http_code}' "$@" > "$work/status" || exit 1
  case $(cat "$work/status") in
    2*) cat "$work/answer" ;;
    *) sed -n 's/.*"code":"\([^"]*\)".*"message":"\([^"]*\).*/\1: \2/p' "$work/answer" >&2; exit 1 ;;
  esac
}

# The labelling interface as a JSON text: quotes and backslashes escaped, on one line.
ask "$url/label-config?preset=wholebody133" | sed 's/[\\"]/\\&/g' | tr '\n' ' ' > "$work/label-config"
[ -s "$work/label-config" ]
{
  printf '{"label_config": "'
  cat "$work/label-config"
  printf '", "tasks": [{"data": {"image": "data:image/jpeg;base64,'
  base64 < "$1" | tr -d '\n'
  printf '"}}]}'
} > "$work/body"

ask --header 'content-type: application/json' --data-binary "@$work/body" "$url/predict" > "$work/result"

# One region a line.
sed 's/{"id":/\
&/g' "$work/result" > "$work/regions"
if grep -q '"error":' "$work/result"; then
  sed -n 's/.*"error":"\([^"]*\)".*"code":"\([^"]*\)".*/\2: \1/p' "$work/result" >&2
  exit 65
fi
echo "people $(grep -c '"type":"rectanglelabels"' "$work/regions" || true)"
sed -n 's/.*"type":"keypointlabels".*"value":{"x":\([0-9.]*\),"y":\([0-9.]*\),.*"keypointlabels":\["\([^"]*\)"\].*/\3 \1 \2/p' "$work/regions" |
  while read -r name x y; do printf '  %-24s x %8.3f %%  y %8.3f %%\n' "$name" "$x" "$y"; done
