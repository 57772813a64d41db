#!/bin/sh
# up.sh URL: 0 when the unit or router there is healthy, 1 when not.
curl -sS --fail --max-time 5 -o /dev/null "$1/health" || exit 1
