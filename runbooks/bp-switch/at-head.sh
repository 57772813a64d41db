#!/bin/sh
# at-head.sh POD SECONDS: 0 when the pod is Ready, its head block is younger than so many seconds, and advancing; 1 when
# not (yet).
. "$(dirname "$0")/kube.sh"
UNTRACED=1
"$(dirname "$0")/caught-up.sh" "$1" "$2" || exit 1
ready=$(k get pod "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') || exit 1
[ "$ready" = True ] || { echo "$1 is at the head and not Ready yet"; exit 1; }
