#!/bin/sh
# Reads the compose files as Compose does, with all variants and profiles. No engine is asked for anything.
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

# docker-compose.prod.yml asks for its secrets.
export SECRET_KEY=alsoofthischeck API_TOKEN=a-secret-of-this-check REDIS_PASSWORD=ofthischeck

check () {
  $compose "$@" config > /dev/null || { echo "Not valid: $*" >&2; exit 1; }
}
check -f docker-compose.yml
check -f docker-compose.yml -f docker-compose.cuda.yml
for profile in none watch; do
  check -f docker-compose.prod.yml --profile "$profile"
  check -f docker-compose.prod.yml -f docker-compose.prod.cuda.yml --profile "$profile"
done

# Without a secret nothing starts.
for secret in SECRET_KEY API_TOKEN REDIS_PASSWORD; do
  if (export "$secret="; $compose -f docker-compose.prod.yml config) > /dev/null 2>&1; then
    echo "docker-compose.prod.yml takes an empty $secret." >&2
    exit 1
  fi
done
echo "The compose files are valid ($($compose version --short))."
