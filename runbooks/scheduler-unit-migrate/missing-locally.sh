#!/bin/sh
# missing-locally.sh ENV_FILE: how many messages and processes of the database the local store does not have.
. "$(dirname "$0")/env.sh"
load "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sql "select 'message:' || message_id || ':' || coalesce(assignment_id, '') from messages" | LC_ALL=C sort >"$work/messages"
sql "select 'process:' || process_id from processes" | LC_ALL=C sort >"$work/processes"
keys "$SU_INDEX_DB_DIR" message | LC_ALL=C sort >"$work/index"
keys "$SU_INDEX_DB_DIR" process | cut -d: -f1,2 | LC_ALL=C sort >"$work/process-index"
messages=$(LC_ALL=C comm -23 "$work/messages" "$work/index" | wc -l)
processes=$(LC_ALL=C comm -23 "$work/processes" "$work/process-index" | wc -l)
files=$(keys "$SU_FILE_DB_DIR" | grep -c '^message_assignment:' || true)
indexed=$(wc -l <"$work/index")
lost=$((indexed - files))
[ "$lost" -ge 0 ] || lost=0
echo $((messages + processes + lost))
