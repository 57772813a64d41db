#!/bin/sh
# process-of.sh ROUTER_ENV_FILE URL: some process that the router has given to this unit; nothing when there is none yet.
. "$(dirname "$0")/cluster.sh"
load "$1"
sql "select min(p.process_id) from process_schedulers p join schedulers s on s.row_id = p.scheduler_row_id where s.url = '$2'"
