#!/bin/sh
# check-environment.sh ENV_FILE PURPOSES: all variables one after the other; fails when one has a problem, after telling all.
. "$(dirname "$0")/cluster.sh"
problems=0
for name in $(grep -v '^#' "$here/../scheduler-unit-migrate/variables.tsv" | cut -f1); do
  verdict=$("$here/../scheduler-unit-migrate/check-variable.sh" "$1" "$name" "$2")
  echo "$verdict"
  case $verdict in problem*) problems=$((problems + 1)) ;; esac
done
[ "$problems" = 0 ] || { echo "$1: $problems variables are not right" >&2; exit 1; }
