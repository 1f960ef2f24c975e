#!/bin/sh
# Makes the certificates of docker-compose.prod.yml: an authority of its own, and for each part a key and a certificate signed by it.
# Usage: make.sh FOLDER. What is there and good stays: it may be run at any time. What ends within 60 days is made anew.
#
#   authority/      certificate.pem and key.pem of the authority: for nobody but this script
#   trust/          authority.pem, and bundle.pem: the authority with the public ones of this machine
#   <part>/         certificate.pem, key.pem, authority.pem
#
# LABEL_STUDIO_NAMES: further names or addresses by which browsers reach Label Studio and Grafana, comma-separated.
# As root each key is given to the user of its container; otherwise it stays with whoever runs this.
# Needs sh and openssl 1.1.1 or newer.
set -eu
umask 077

[ $# -eq 1 ] || { echo 'Usage: make.sh FOLDER' >&2; exit 64; }
[ -d "$1" ] || mkdir -p -m 755 "$1"
cd "$1"

days=365
renew_seconds=$((60 * 86400))
authority_days=3650
public=$(echo "${LABEL_STUDIO_NAMES:-}" | tr -d ' ')
case $public in
  *[!A-Za-z0-9.:,*-]*) echo "LABEL_STUDIO_NAMES=$public is not valid: allowed are host names and IP addresses, comma-separated." >&2; exit 78 ;;
esac
# Left over by a run that was cut off. Nobody may write to them any more, root of a container without DAC_OVERRIDE neither.
rm -f -- */*.new
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main () {
  make_authority
  make_trust
  #    part          user        use                   names
  part balancer      101:101     serverAuth,clientAuth ml-backend.internal,localhost,127.0.0.1
  part replica       1001:0      serverAuth            replica.internal,localhost
  part label-studio  101:101     serverAuth            "label-studio.internal,localhost,127.0.0.1${public:+,$public}"
  part redis         999:999     serverAuth            redis.internal,localhost
  part prometheus    65534:65534 serverAuth,clientAuth prometheus.internal,localhost
  part grafana       472:0       serverAuth            "grafana.internal,localhost,127.0.0.1${public:+,$public}"
}

make_authority () {
  mkdir -p authority
  chmod 700 authority
  if [ ! -f authority/certificate.pem ]; then
    cat > "$work/authority.cnf" << EOT
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = label-studio-rtmpose authority
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
EOT
    openssl ecparam -name prime256v1 -genkey -noout -out authority/key.pem
    openssl req -new -x509 -sha256 -config "$work/authority.cnf" -key authority/key.pem -days "$authority_days" -out "$work/authority.pem"
    mv "$work/authority.pem" authority/certificate.pem
    echo 'authority: made'
  elif ! openssl x509 -in authority/certificate.pem -noout -checkend $((400 * 86400)) > /dev/null; then
    echo 'authority: ends within 400 days. Remove its folder and run this again; then start all containers anew.' >&2
  fi
}

make_trust () {
  mkdir -p trust
  chmod 755 trust
  publish authority/certificate.pem trust/authority.pem
  # REQUESTS_CA_BUNDLE takes the place of the public authorities, so it must hold them too.
  for roots in "${PUBLIC_AUTHORITIES:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -n "$roots" ] && [ -s "$roots" ] || continue
    cat "$roots" authority/certificate.pem > "$work/bundle.pem"
    publish "$work/bundle.pem" trust/bundle.pem
    return
  done
  echo 'No file of public authorities was found on this machine: give it as PUBLIC_AUTHORITIES.' >&2
  exit 1
}

# A file that everybody may read; untouched where nothing has changed.
publish () {
  ! cmp -s "$1" "$2" || return 0
  cp "$1" "$2.new"
  chmod 444 "$2.new"
  mv -f "$2.new" "$2"
}

part () {
  name=$1 user=$2 use=$3 names=$4
  mkdir -p "$name"
  chmod 755 "$name"
  publish authority/certificate.pem "$name/authority.pem"
  alternatives=$(alternative_names "$names")
  if why=$(why_anew); then
    cat > "$work/part.cnf" << EOT
[req]
distinguished_name = name
prompt = no
[name]
CN = ${names%%,*}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = $use
subjectAltName = $alternatives
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
EOT
    openssl ecparam -name prime256v1 -genkey -noout -out "$name/key.pem.new"
    openssl req -new -sha256 -config "$work/part.cnf" -key "$name/key.pem.new" -out "$work/part.csr"
    openssl x509 -req -sha256 -in "$work/part.csr" -CA authority/certificate.pem -CAkey authority/key.pem -set_serial "0x$(openssl rand -hex 16)" \
      -days "$days" -extfile "$work/part.cnf" -extensions extensions -out "$name/certificate.pem.new" 2> "$work/sign.log" || { cat "$work/sign.log" >&2; exit 1; }
    # What this certificate was made for, to see when that changes.
    printf '%s\n' "$use $alternatives" > "$name/made-for.new"
    chmod 400 "$name/key.pem.new"
    chmod 444 "$name/certificate.pem.new" "$name/made-for.new"
    if [ "$(id -u)" -eq 0 ]; then chown "$user" "$name/key.pem.new"; fi
    # Back when all are in place: what is cut off between them is made anew by the next run.
    rm -f "$name/made-for"
    mv -f "$name/key.pem.new" "$name/key.pem"
    mv -f "$name/certificate.pem.new" "$name/certificate.pem"
    mv -f "$name/made-for.new" "$name/made-for"
    echo "$name: made, $why"
  fi
}

# The reason, or failure where the certificate is good.
why_anew () {
  if [ ! -f "$name/certificate.pem" ] || [ ! -f "$name/key.pem" ]; then echo 'there was none'
  elif [ ! -f "$name/made-for" ]; then echo 'a run was cut off'
  elif [ "$(cat "$name/made-for")" != "$use $alternatives" ]; then echo 'its names have changed'
  elif ! openssl verify -CAfile authority/certificate.pem "$name/certificate.pem" > /dev/null 2>&1; then echo 'the authority is another one, or it has ended'
  elif ! openssl x509 -in "$name/certificate.pem" -noout -checkend "$renew_seconds" > /dev/null; then echo 'the old one ends soon'
  else return 1
  fi
}

# a.example,10.0.0.1 -> DNS:a.example,IP:10.0.0.1
alternative_names () {
  echo "$1" | tr ',' '\n' | sed -e '/^$/d' -e '/:/s/^/IP:/' -e '/^[0-9]*\.[0-9]*\.[0-9]*\.[0-9]*$/s/^/IP:/' -e '/^IP:/!s/^/DNS:/' | sort -u | paste -sd, -
}

main
