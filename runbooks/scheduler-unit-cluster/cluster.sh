# Shared by the scripts of this directory; read with `.`, not run.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scheduler-unit-migrate/env.sh"
