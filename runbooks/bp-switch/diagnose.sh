#!/bin/sh
# diagnose.sh POD OLD_UID OLD_NODE: why the pod is not back. Prints {"state": "back" | "attach" | "unschedulable" |
# "starting", "uid": ..., "node": ...}; the node is a tainted one when the state is "unschedulable": the pod's old node if
# that is tainted, else any.
. "$(dirname "$0")/kube.sh"
if "$(dirname "$0")/pod-back.sh" "$1" "$2" >&2; then
  echo '{"state": "back", "uid": "", "node": ""}'
  exit 0
fi
uid=$(k get pod "$1" --ignore-not-found -o 'jsonpath={.metadata.uid}')
placed=$(k get pod "$1" --ignore-not-found -o 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].status}')
events=$(k get events --field-selector "involvedObject.uid=$uid" -o 'jsonpath={range .items[*]}{.reason}{"\n"}{end}')
if [ "$placed" = False ]; then
  tainted=$(k get nodes -o 'jsonpath={range .items[?(@.spec.taints[*].key=="NodeWithImpairedVolumes")]}{.metadata.name}{"\n"}{end}')
  node=$(echo "$tainted" | grep -Fx "$3" || echo "$tainted" | head -n 1)
  echo "{\"state\": \"unschedulable\", \"uid\": \"$uid\", \"node\": \"$node\"}"
elif echo "$events" | grep -Eq '^(FailedAttachVolume|FailedMount)$'; then
  echo "{\"state\": \"attach\", \"uid\": \"$uid\", \"node\": \"\"}"
else
  echo "{\"state\": \"starting\", \"uid\": \"$uid\", \"node\": \"\"}"
fi
