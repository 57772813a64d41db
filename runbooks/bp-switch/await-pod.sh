#!/bin/sh
# await-pod.sh POD OLD_UID OLD_NODE SECONDS: waits so long until the pod is back (its container runs), then prints the diagnosis.
. "$(dirname "$0")/kube.sh"
deadline=$(($(date -u +%s) + $4))
while ! UNTRACED=1 "$(dirname "$0")/pod-back.sh" "$1" "$2" >&2 && [ "$(date -u +%s)" -lt "$deadline" ]; do
  sleep 1
done
exec "$(dirname "$0")/diagnose.sh" "$1" "$2" "$3"
