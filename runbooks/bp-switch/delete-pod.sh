#!/bin/sh
# delete-pod.sh POD UID: deletes this incarnation of the pod and no other. The API server compares the UID, so that a
# second try cannot hit the pod that has taken its place.
. "$(dirname "$0")/kube.sh"
k delete --raw "/api/v1/namespaces/$NAMESPACE/pods/$1" -f - <<JSON >/dev/null
{"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": "$2"}}
JSON
echo "$1 (UID $2) is being deleted"
