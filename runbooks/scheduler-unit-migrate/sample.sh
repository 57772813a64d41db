#!/bin/sh
# sample.sh ENV_FILE HOW_MANY: processes with their newest nonce, "PROCESS NONCE" per line, to compare what the unit answers.
. "$(dirname "$0")/env.sh"
load "$1"
sql "select process_id || ' ' || max(nonce) from messages group by process_id order by process_id limit $2"
