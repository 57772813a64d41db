#!/bin/sh
# caught-up.sh POD SECONDS: 0 when the head block is younger than so many seconds and advancing, 1 when not (yet).
. "$(dirname "$0")/kube.sh"
UNTRACED=1
number() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"; }
epoch() { date -u -d "$1" +%s 2>/dev/null || date -u -j -f %Y-%m-%dT%H:%M:%S "${1%%.*}" +%s; }
first=$(node_get "$1" /v1/chain/get_info) || { echo "$1: nodeos does not answer (still loading?)"; exit 1; }
sleep 1
second=$(node_get "$1" /v1/chain/get_info) || { echo "$1: nodeos stopped answering"; exit 1; }
before=$(echo "$first" | number head_block_num)
head=$(echo "$second" | number head_block_num)
time=$(echo "$second" | number head_block_time)
age=$(($(date -u +%s) - $(epoch "$time")))
echo "$1: head $head, $age s old, $((head - before)) blocks in the last second"
[ "$head" -gt "$before" ] && [ "$age" -le "$2" ]
