#!/bin/sh
# point-config.sh CONFIGMAP POD: makes manager.yaml name this pod. The object that was read goes back with its
# resourceVersion, so a change by somebody else in between is refused, not overwritten.
. "$(dirname "$0")/kube.sh"
k get configmap "$1" -o json |
  sed "s/\(producer_hostname:[[:space:]]*\)[A-Za-z0-9.-]*/\1$2/" |
  k replace -f -
