#!/bin/sh
# spawn.sh ROUTER_URL DATA_ITEM_FILE: sends a spawn through the router, which gives it to the unit with the fewest processes.
set -eu
curl -sS -L --fail --max-time 60 --post301 --post302 --post303 -H 'content-type: application/octet-stream' --data-binary "@$2" "$1/"
