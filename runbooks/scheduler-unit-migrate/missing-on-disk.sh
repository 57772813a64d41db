#!/bin/sh
# missing-on-disk.sh ENV_FILE FROM TO: how many messages of the range are not in SU_DATA_DIR. TO may be "end".
# The cli ends with 0 even when it had to leave a batch out, so its word is not enough; the keys are compared.
. "$(dirname "$0")/env.sh"
load "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
limit="limit 9223372036854775807"
[ "$3" = end ] || limit="limit $(($3 - $2))"
sql "select 'message___' || process_id || '___' || timestamp || '___' || message_id || coalesce('___' || assignment_id, '')
     from (select * from messages order by row_id $limit offset $2) as part" | LC_ALL=C sort >"$work/wanted"
keys "$SU_DATA_DIR" | LC_ALL=C sort >"$work/there"
LC_ALL=C comm -23 "$work/wanted" "$work/there" | wc -l | tr -d ' '
