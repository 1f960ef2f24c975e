#!/bin/sh
# Reads the compose files as Compose does, the CUDA variant included. No engine is asked for anything.
set -eu
cd "$(dirname "$0")/.."

if command -v docker-compose > /dev/null; then
  compose=docker-compose
elif docker compose version > /dev/null 2>&1; then
  compose='docker compose'
else
  echo 'Neither docker-compose nor "docker compose" is installed: the compose files were not checked.'
  exit 0
fi

$compose -f docker-compose.yml config > /dev/null
$compose -f docker-compose.yml -f docker-compose.cuda.yml config > /dev/null
echo "The compose files are valid ($($compose version --short))."
