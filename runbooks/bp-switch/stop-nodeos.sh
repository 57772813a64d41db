#!/bin/sh
# stop-nodeos.sh POD EVERY_SECONDS WITHIN_SECONDS: tells the node manager to stop nodeos (maintenance), waits, and sends a
# further TERM every EVERY seconds: a node that is busy with blocks hears it late. KILL is never sent, it would leave a
# dirty database. 0 when nodeos has stopped.
. "$(dirname "$0")/kube.sh"
manager=$(manager_prefix "$1")
[ "$(state_of "$1")" = stopped ] || in_pod "$1" curl -sS --fail --max-time 10 -X POST "localhost:8080$manager/maintenance"
began=$(date -u +%s)
next=$((began + $2))
UNTRACED=1
while [ "$(state_of "$1")" != stopped ]; do
  now=$(date -u +%s)
  if [ "$now" -ge $((began + $3)) ]; then
    echo "$1: nodeos did not stop within $3 s" >&2
    exit 1
  fi
  if [ "$now" -ge "$next" ]; then
    echo "still running after $((now - began)) s: TERM once more"
    UNTRACED= in_pod "$1" pkill -TERM -x nodeos || true
    next=$((now + $2))
  fi
  sleep 1
done
echo "$1: nodeos has stopped"
