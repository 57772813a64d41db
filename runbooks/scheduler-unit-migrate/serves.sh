#!/bin/sh
# serves.sh URL PROCESS NONCE: 0 when the unit answers for the process with this newest nonce or a later one.
set -eu
answer=$(curl -sS --fail --max-time 20 "$1/$2/latest")
nonce=$(echo "$answer" | sed -n 's/.*"name":"Nonce","value":"\([0-9]*\)".*/\1/p')
echo "$2: newest nonce ${nonce:-none}, expected $3"
[ -n "$nonce" ] && [ "$nonce" -ge "$3" ]
