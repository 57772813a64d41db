#!/bin/sh
# router-knows.sh ROUTER_ENV_FILE URL: 0 when the router has this unit in its table. A router that could not read its list
# starts all the same; only its database tells.
. "$(dirname "$0")/cluster.sh"
load "$1"
[ "$(sql "select count(*) from schedulers where url = '$2'")" = 1 ]
