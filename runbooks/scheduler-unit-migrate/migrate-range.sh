#!/bin/sh
# migrate-range.sh ENV_FILE CLI RANGE: cli migrate_to_disk RANGE. USE_DISK=true is for the cli alone: without it the cli
# does not read SU_DATA_DIR at all, while the unit itself must not use the disk before everything is there.
. "$(dirname "$0")/env.sh"
load "$1"
export USE_DISK=true
exec "$2" migrate_to_disk "$3"
