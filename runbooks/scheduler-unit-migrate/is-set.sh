#!/bin/sh
# is-set.sh ENV_FILE NAME VALUE: 0 when the file gives the variable this value, 1 when not.
. "$(dirname "$0")/env.sh"
unset "$2"
load "$1"
eval "[ \"\${$2-}\" = \"\$3\" ]"
