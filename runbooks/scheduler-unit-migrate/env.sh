# Shared by the scripts of this directory; read with `.`, not run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# load FILE: exports the NAME=value lines of an environment file, literally: nothing in it is executed.
load() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) continue ;;
      export\ *) line=${line#export } ;;
    esac
    name=${line%%=*}
    case $name in
      '' | *[!A-Za-z0-9_]*) continue ;;
    esac
    value=${line#*=}
    case $value in
      \"*\") value=${value#\"}; value=${value%\"} ;;
      \'*\') value=${value#\'}; value=${value%\'} ;;
    esac
    export "$name=$value"
  done <"$1"
}

decoded() { printf '%b' "$(printf %s "$1" | sed 's/%\([0-9A-Fa-f][0-9A-Fa-f]\)/\\x\1/g')"; }

# sql STATEMENT: one value per line. The password goes by the environment, never by the command line, where ps would show it.
sql() {
  rest=${DATABASE_URL#*://}
  login=${rest%%@*}
  place=${rest#*@}
  hostport=${place%%/*}
  PGUSER=$(decoded "${login%%:*}") PGPASSWORD=$(decoded "${login#*:}") \
    PGHOST=${hostport%%:*} PGPORT=$(echo "$hostport:5432" | cut -d: -f2) PGDATABASE=$(decoded "$(echo "${place#*/}" | cut -d'?' -f1)") \
    PGCONNECT_TIMEOUT=10 psql -X -A -t -q -v ON_ERROR_STOP=1 -c "$1"
}

# keys DIR [FAMILY]: the keys of a RocksDB, one per line, opened read-only: the running unit is not disturbed.
keys() {
  [ -d "$1" ] || return 0
  ldb --db="$1" --column_family="${2:-default}" scan --no_value
}
