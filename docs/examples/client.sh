#!/bin/sh
# A signed call: client.sh METHOD TARGET [FILE with the JSON body]. Needs openssl and curl.
set -eu
method=$1 target=$2 body=${3:-/dev/null}
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
sha256() { openssl dgst -sha256 -binary; }
IFS=. read -r _ sid key <"$SECURE_CHAT_SESSION_KEY_FILE" || [ -n "$key" ]
media=$([ ! -s "$body" ] || echo application/json)
# A second ahead, since this clock has no milliseconds and a proof must not be older than the server's start.
ts=$(($(date +%s) + 1))000
nonce=$(openssl rand 12 | base64url)
bh=$(sha256 <"$body" | base64url)
# HMAC (RFC 2104) from two hashes: "openssl dgst -macopt hexkey:…" would show the key to everybody who runs ps.
key_bytes="$(printf '%s=' "$key" | tr -- '-_' '+/' | openssl base64 -d -A | od -An -v -tu1) $(printf '0 %.0s' $(seq 32))"
pad() { for byte in $key_bytes; do printf "\\$(printf %03o $((byte ^ $1)))"; done; }
signed() { printf 'scv1\n%s\n%s\n%s\n%s\n%s\n%s' "$method" "$target" "$media" "$ts" "$nonce" "$bh"; }
mac=$({ pad 92; { pad 54; signed; } | sha256; } | sha256 | base64url)
set -- -sS --fail-with-body -m 30 -X "$method" -H "Authorization: Bearer scv1.$sid.$ts.$nonce.$bh.$mac"
[ -z "$media" ] || set -- "$@" -H "Content-Type: $media" --data-binary "@$body"
curl "$@" "$SECURE_CHAT_SERVER$target"
