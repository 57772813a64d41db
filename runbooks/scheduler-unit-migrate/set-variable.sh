#!/bin/sh
# set-variable.sh ENV_FILE NAME VALUE: changes one line (or adds it), keeps all others and the file's mode, appears at once.
. "$(dirname "$0")/env.sh"
new=$1.new.$$
trap 'rm -f "$new"' EXIT
cp -p "$1" "$new"
awk -v name="$2" -v value="$3" '
  $0 ~ "^[ \t]*(export[ \t]+)?" name "=" { if (!done) print name "=" value; done = 1; next }
  { print }
  END { if (!done) print name "=" value }' "$1" >"$new"
mv "$new" "$1"
