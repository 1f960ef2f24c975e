#!/bin/sh
# Starts Prometheus in the foreground, with API_TOKEN in the file that production.yml names: it reads no variables.
# Usage: start.sh FILE_OF_THE_TOKEN ARGUMENT_OF_PROMETHEUS...
set -eu
file=$1
shift
umask 077
printf %s "$API_TOKEN" > "$file"
unset API_TOKEN
exec prometheus "$@"
