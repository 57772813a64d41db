#!/bin/sh
# fingerprint.sh ENV_FILE: what must be equal and what must differ between the nodes of a cluster, as checksums: nothing
# secret is printed. {"wallet": ..., "database": ...}
. "$(dirname "$0")/cluster.sh"
load "$1"
sum() { cksum | cut -d' ' -f1; }
wallet=$(sum <"$SU_WALLET_PATH")
database=$(echo "${DATABASE_URL#*@}" | sum)
echo "{\"wallet\": \"$wallet\", \"database\": \"$database\"}"
