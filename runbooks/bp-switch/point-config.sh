#!/bin/sh
# point-config.sh CONFIGMAP POD: makes manager.yaml name this pod. The object that was read goes back with its
# resourceVersion, so a change by somebody else in between is refused, not overwritten. Refuses a pod that does not produce:
# whoever is named starts producing with its next restart.
. "$(dirname "$0")/kube.sh"
state=$(state_of "$2")
if [ "$state" != producing ]; then
  echo "$1 is left alone: $2 is $state, and named there it would be a second producer after its next restart."
  echo "To move production back: runsheet run bp-switch -p target=$2"
  exit 1
fi
k get configmap "$1" -o json |
  sed "s/\(producer_hostname:[[:space:]]*\)[A-Za-z0-9.-]*/\1$2/" |
  k replace -f -
