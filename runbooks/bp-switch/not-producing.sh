#!/bin/sh
# not-producing.sh POD: 0 when the pod says that it does not produce (paused or stopped), 1 when it produces, 3 when it
# does not say.
. "$(dirname "$0")/kube.sh"
state=$("$(dirname "$0")/state.sh" "$1")
echo "$1: $state"
[ "$state" != producing ] || { echo "$1 produces. Move production to another pod first, then resume"; exit 1; }
