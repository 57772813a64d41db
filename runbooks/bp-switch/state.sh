#!/bin/sh
# state.sh POD: prints producing, paused or stopped. Fails when the pod does not say, because a pod that does not answer
# may well be producing.
. "$(dirname "$0")/kube.sh"
state=$(state_of "$1")
echo "$state"
if [ "$state" = unknown ]; then
  echo "$1 does not say whether it produces. Look at it: kubectl --context $CONTEXT --namespace $NAMESPACE describe pod $1" >&2
  exit 3
fi
