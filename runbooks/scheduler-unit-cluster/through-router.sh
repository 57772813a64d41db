#!/bin/sh
# through-router.sh ROUTER_URL UNIT_URL PROCESS: asks the router about the process, follows it, and expects to end at the unit.
set -eu
answer=$(curl -sS -L --max-time 20 -o /dev/null -w '%{http_code} %{url_effective}' "$1/processes/$3?process-id=$3")
echo "$answer"
case $answer in
  "200 $2/"*) ;;
  *) echo "expected 200 from $2" >&2; exit 1 ;;
esac
