#!/bin/sh
# config-names.sh CONFIGMAP POD: 0 when manager.yaml names this pod as the producer, 1 when another.
. "$(dirname "$0")/kube.sh"
text=$(k get configmap "$1" -o 'jsonpath={.data.manager\.yaml}') || exit 2
echo "$text" | grep -Eq "^[[:space:]]*producer_hostname:[[:space:]]*\"?$2\"?[[:space:]]*(#.*)?\$"
