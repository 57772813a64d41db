#!/bin/sh
# write-list.sh FILE JSON: replaces the scheduler list at once, or leaves it alone when it says so already.
set -eu
new=$1.new.$$
trap 'rm -f "$new"' EXIT
printf '%s\n' "$2" >"$new"
cmp -s "$new" "$1" && { echo "unchanged"; exit 0; }
[ ! -e "$1" ] || cp -p "$1" "$1.before"
mv "$new" "$1"
echo "written"
