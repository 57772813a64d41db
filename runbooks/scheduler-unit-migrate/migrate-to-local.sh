#!/bin/sh
# migrate-to-local.sh ENV_FILE CLI [clear]: cli migrate_to_local. It goes on where an earlier run stopped; "clear" makes it
# forget where that was.
. "$(dirname "$0")/env.sh"
load "$1"
if [ "${USE_LOCAL_STORE-false}" = true ]; then
  echo "USE_LOCAL_STORE must be false while the migration runs" >&2
  exit 1
fi
export USE_DISK=true
exec "$2" migrate_to_local ${3+"$3"}
