#!/bin/sh
# sync.sh ENV_FILE CLI SECONDS: cli sync_local_drives SECONDS, for ever.
. "$(dirname "$0")/env.sh"
load "$1"
exec "$2" sync_local_drives "$3"
