#!/bin/sh
# pod-back.sh POD OLD_UID: 0 when the pod exists anew (another UID than before) and its container runs, 1 when not (yet).
. "$(dirname "$0")/kube.sh"
seen=$(k get pod "$1" --ignore-not-found -o 'jsonpath={.metadata.uid} [{.metadata.deletionTimestamp}] {.status.containerStatuses[0].state}') || exit 2
uid=${seen%% *}
if [ -z "$uid" ]; then echo "$1 does not exist at the moment"; exit 1; fi
if [ "$uid" = "$2" ]; then echo "$1 is still the old pod"; exit 1; fi
case $seen in
  "$uid [] "*running*) echo "$1 is back (UID $uid)" ;;
  *) echo "$1 is new (UID $uid) and its container does not run yet"; exit 1 ;;
esac
