#!/bin/sh
# start-nodeos.sh POD: the node manager starts nodeos. 0 when the process runs (it may still be loading).
. "$(dirname "$0")/kube.sh"
manager_post "$1" resume 120
for _ in 1 2 3 4 5 6 7 8 9 10; do
  for prefix in /v1 /v1/nodeos; do
    case $(in_pod "$1" curl -sS --fail --max-time 5 "localhost:8080$prefix/is_running" 2>/dev/null) in
      *true*) exit 0 ;;
    esac
  done
  sleep 1
done
echo "$1: nodeos does not run" >&2
exit 1
