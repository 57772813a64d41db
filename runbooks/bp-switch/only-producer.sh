#!/bin/sh
# only-producer.sh POD POD...: asks all pods at once; 0 when the first one produces and no other does, 1 when not.
. "$(dirname "$0")/kube.sh"
wanted=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shift
for pod in "$@"; do
  state_of "$pod" >"$work/$pod" &
done
wait
wrong=0
for pod in "$@"; do
  state=$(cat "$work/$pod")
  echo "$pod: $state"
  case $pod:$state in
    "$wanted:producing" | *:paused | *:stopped) ;;
    *) wrong=1 ;;
  esac
done
[ "$(cat "$work/$wanted")" = producing ] || wrong=1
[ "$wrong" = 0 ] || { echo "Only $wanted should be producing. Put that right by hand, pausing first, then resume"; exit 1; }
