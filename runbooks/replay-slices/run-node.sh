#!/bin/sh
# Runs nodeos for one slice and stays with it: usage
#   run-node.sh NODEOS DATA_DIR CONFIG LOG TERMINATE_AT (--snapshot FILE | --genesis-json FILE)
#
# A node that has state goes on from it; the snapshot or genesis is only for an empty database, and `restart.bin` beside it,
# put there by hand after a power loss (see README.md), comes first. When nodeos has ended by
# itself at its last block, this script stays until it is told to stop, because a service that ends has failed. A mark in
# the data directory keeps a later start of the same slice from syncing beyond that block.
set -eu

nodeos=$1 data=$2 config=$3 log=$4 last=$5 origin=$6 file=$7
mark=$data/reached-$last
child=
stopping=

# The shell waits for its child; without this it would hear the signal only afterwards.
trap 'stopping=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || :' TERM INT

# Short turns, because a signal that comes between two commands ends no wait.
hold() {
  while [ -z "$stopping" ]; do
    sleep 2 &
    child=$!
    wait "$child" || :
  done
  exit 0
}

[ ! -e "$mark" ] || hold

set -- "$nodeos" --data-dir "$data" --config "$config" --terminate-at-block "$last"
if [ ! -d "$data/state" ] || [ -z "$(ls -A "$data/state")" ]; then
  restart=$(dirname "$file")/restart.bin
  if [ -e "$restart" ]; then set -- "$@" --snapshot "$restart"; else set -- "$@" "$origin" "$file"; fi
fi
printf 'run-node: start %s\n' "$*" >>"$log"

"$@" >>"$log" 2>&1 &
child=$!
[ -z "$stopping" ] || kill -TERM "$child" 2>/dev/null || :
code=0
wait "$child" || code=$?
# A signal that we hear ends the wait early, the child lives on; what the second wait says is its own code.
while [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done
child=

printf 'run-node: nodeos ended with code %s\n' "$code" >>"$log"
if [ "$code" -eq 0 ] && tail -n 20 "$log" | grep -q "reached configured maximum block $last; terminating"; then
  : >"$mark"
  hold
fi
exit "$code"
