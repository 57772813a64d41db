#!/bin/sh
# count.sh ENV_FILE messages|processes: rows of the table.
. "$(dirname "$0")/env.sh"
load "$1"
sql "select count(*) from $2"
