#!/bin/sh
# Starts Redis in the foreground with the password of REDIS_PASSWORD, and has it take renewed certificates.
# Usage: start.sh CONFIGURATION FOLDER_OF_THE_CERTIFICATES FOLDER_OF_THE_DATA [TLS_PORT [SECONDS_BETWEEN_LOOKS]]
set -eu
configuration=$1 certificates=$2 data=$3 port=${4:-6379} seconds=${5:-60}

# It stands in an address too (REDIS_URL).
case ${REDIS_PASSWORD:-} in
  '' | *[!A-Za-z0-9]*) echo 'REDIS_PASSWORD must be set, of letters and digits only, for example by: openssl rand -hex 24' >&2; exit 78 ;;
esac

state () { cksum "$certificates"/*.pem 2> /dev/null; }

(
  export REDISCLI_AUTH="$REDIS_PASSWORD"
  seen=$(state)
  # Until the program that this becomes has ended.
  while sleep "$seconds" && kill -0 $$ 2> /dev/null; do
    now=$(state)
    [ "$now" != "$seen" ] || continue
    # While only one of a pair has come, Redis refuses and keeps the old one: tried again at the next look.
    answer=$(redis-cli --no-auth-warning --tls --cacert "$certificates/authority.pem" -p "$port" config set \
      tls-cert-file "$certificates/certificate.pem" tls-key-file "$certificates/key.pem" 2>&1) || true
    if [ "$answer" = OK ]; then seen=$now; echo 'The new certificate is in use.'; else echo "The old certificate stays in use: $answer" >&2; fi
  done
) &

# By standard input: arguments are seen by everybody on the machine.
exec redis-server - << EOT
$(cat "$configuration")
requirepass $REDIS_PASSWORD
tls-port $port
dir $data
tls-cert-file $certificates/certificate.pem
tls-key-file $certificates/key.pem
tls-ca-cert-file $certificates/authority.pem
EOT
