#!/bin/sh
# pod-ready.sh POD OLD_UID: 0 when the pod exists anew (another UID than before) and is Ready, 1 when not (yet).
. ./kube.sh
seen=$(k get pod "$1" --ignore-not-found -o 'jsonpath={.metadata.uid} {.metadata.deletionTimestamp} {.status.conditions[?(@.type=="Ready")].status}') || exit 2
uid=${seen%% *}
if [ -z "$uid" ]; then echo "$1 does not exist at the moment"; exit 1; fi
if [ "$uid" = "$2" ]; then echo "$1 is still the old pod"; exit 1; fi
case $seen in
  "$uid  True") echo "$1 is ready (UID $uid)" ;;
  *) echo "$1 is new and not ready yet"; exit 1 ;;
esac
