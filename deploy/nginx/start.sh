#!/bin/sh
# Starts nginx in the foreground, and has it read its files again whenever a certificate has been renewed.
# Usage: start.sh FOLDER_OF_THE_CONFIGURATION FOLDER_OF_THE_CERTIFICATES FOLDER_TO_WRITE_TO [SECONDS_BETWEEN_LOOKS]
set -eu
configuration=$1 certificates=$2 prefix=$3 seconds=${4:-60}

state () { cksum "$certificates"/*.pem 2> /dev/null; }

(
  seen=$(state)
  # Until the program that this becomes has ended.
  while sleep "$seconds" && kill -0 $$ 2> /dev/null; do
    now=$(state)
    [ "$now" != "$seen" ] || continue
    # While only one of a pair has come, nginx refuses and keeps the old one: tried again at the next look.
    if nginx -p "$prefix" -c "$configuration/nginx.conf" -s reload; then seen=$now; fi
  done
) &

exec nginx -p "$prefix" -c "$configuration/nginx.conf" -g 'daemon off;'
