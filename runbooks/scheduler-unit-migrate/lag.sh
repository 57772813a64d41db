#!/bin/sh
# lag.sh ENV_FILE: how many messages the copy is behind the live local store.
. "$(dirname "$0")/env.sh"
load "$1"
live=$(keys "$SU_INDEX_DB_DIR" message | wc -l)
copy=$(keys "$SU_INDEX_SYNC_DB_DIR" message | wc -l)
echo $((live - copy))
