# Shared by the scripts of this directory; read with `.`, not run.
# CONTEXT, NAMESPACE, CONTAINER and TIMEOUT come from the runbook.
set -eu
exec 3>&2
: "${CONTEXT:?}" "${NAMESPACE:?}" "${CONTAINER:?}" "${TIMEOUT:=20s}"

# k COMMAND...: kubectl with what every command here needs. The log of the step shows each, to be read and copied; what is
# asked over and over (UNTRACED=1) is left out.
k() {
  set -- kubectl --context "$CONTEXT" --namespace "$NAMESPACE" --request-timeout "$TIMEOUT" "$@"
  [ -n "${UNTRACED-}" ] || traced "$@" >&3
  "$@"
}

traced() {
  printf +
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=@,%+-]* | '') printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
}

# in_pod POD COMMAND...: no -t (there is no terminal), -c always.
in_pod() {
  pod=$1
  shift
  k exec "$pod" -c "$CONTAINER" -- "$@"
}

# The node's own API.
node_get() {
  in_pod "$1" curl -sS --fail --max-time 5 "localhost:8888$2"
}

node_post() {
  in_pod "$1" curl -sS --fail --max-time 10 -X POST "localhost:8888$2"
}

# The node manager serves its commands below /v1/nodeos/ (older build) or /v1/ (newer). A command answers GET with 405,
# an unknown path with 404: asking changes nothing.
manager_prefix() {
  for prefix in /v1/nodeos /v1; do
    code=$(in_pod "$1" curl -s -o /dev/null -w '%{http_code}' --max-time 5 "localhost:8080$prefix/maintenance") || code=000
    if [ "$code" = 405 ]; then
      echo "$prefix"
      return 0
    fi
  done
  echo "$1: the node manager answers neither below /v1/nodeos/ nor below /v1/" >&2
  return 1
}

# manager_post POD COMMAND SECONDS: waits for the command to complete, but no longer than so many seconds.
manager_post() {
  manager=$(manager_prefix "$1") || return 1
  in_pod "$1" curl -sS --fail --max-time "$3" -X POST "localhost:8080$manager/$2?sync=true"
}

# producing, paused (running, not producing), stopped (no nodeos process), or unknown. Unknown is never taken for a no.
state_of() {
  if paused=$(node_get "$1" /v1/producer/paused 2>/dev/null); then
    case $paused in
      true) echo paused ;;
      false) echo producing ;;
      *) echo unknown ;;
    esac
    return 0
  fi
  for prefix in /v1 /v1/nodeos; do
    running=$(in_pod "$1" curl -sS --fail --max-time 5 "localhost:8080$prefix/is_running" 2>/dev/null) || continue
    case $running in
      *false*) echo stopped; return 0 ;;
    esac
  done
  echo unknown
}
