#!/bin/sh
# check-variable.sh ENV_FILE NAME PURPOSES: is the variable present, well-formed and reachable? PURPOSES are words such as
# "su disk". Prints "ok ..." or "problem ..."; never the value of a variable that may hold a password.
. "$(dirname "$0")/env.sh"
load "$1"
row=$(grep "^$2	" "$here/variables.tsv")
needed=$(echo "$row" | cut -f2)
kind=$(echo "$row" | cut -f3)
meaning=$(echo "$row" | cut -f4)
eval "value=\${$2-}"
eval "present=\${$2+yes}"

ok() { echo "ok $2${1:+: $1} - $meaning"; exit 0; }
problem() { echo "problem $2: $1 ($meaning)"; exit 0; }
reachable() { curl -sS -o /dev/null --max-time 10 "$1" 2>/dev/null; }

if [ -z "$present" ]; then
  for purpose in $3; do
    for need in $needed; do
      [ "$need" = "$purpose" ] || continue
      case $2 in GRAPHQL_URL | ARWEAVE_URL) [ -n "${GATEWAY_URL-}" ] && ok "absent, GATEWAY_URL takes its place" "$2" ;; esac
      problem "is missing" "$2"
    done
  done
  ok "absent, not needed" "$2"
fi
if [ -z "$value" ] && [ "$2" = SCHEDULER_LIST_PATH ] && [ "${MODE-}" = su ]; then ok "empty, as it should be in su mode" "$2"; fi

case $kind in
  boolean) case $value in true | false) ok "$value" "$2" ;; *) problem "must be true or false, not \"$value\"" "$2" ;; esac ;;
  number) case $value in '' | *[!0-9]*) problem "must be a whole number, not \"$value\"" "$2" ;; *) ok "$value" "$2" ;; esac ;;
  mode) case $value in su | router) ok "$value" "$2" ;; *) problem "must be su or router, not \"$value\"" "$2" ;; esac ;;
  url | urls)
    for url in $(echo "$value" | tr ',' ' '); do
      case $url in http://* | https://*) ;; *) problem "\"$url\" is no http(s) URL" "$2" ;; esac
      reachable "$url" || problem "$url cannot be reached" "$2"
    done
    ok "reachable" "$2" ;;
  postgres)
    case $value in postgres://*@*/* | postgresql://*@*/*) ;; *) problem "is not like postgres://user:password@host:port/database" "$2" ;; esac
    DATABASE_URL=$value
    sql 'select 1' >/dev/null 2>&1 || problem "the database does not let us in" "$2"
    ok "the database answers" "$2" ;;
  wallet)
    [ -r "$value" ] || problem "$value cannot be read" "$2"
    grep -q '"n"' "$value" || problem "$value is no wallet (no key \"n\")" "$2"
    ok "$value" "$2" ;;
  list)
    [ -r "$value" ] || problem "$value cannot be read" "$2"
    ok "$value" "$2" ;;
  directory)
    case $value in /*) ;; *) problem "must be an absolute path, not \"$value\"" "$2" ;; esac
    parent=$value
    while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
    [ -w "$parent" ] || problem "$parent cannot be written" "$2"
    ok "$value ($(df -Pk "$parent" | awk 'NR == 2 { printf "%.1f", $4 / 1048576 }') GiB free)" "$2" ;;
esac
