#!/bin/sh
# hand-over.sh SOURCE TARGET PAUSE_WITH ROUND_BLOCKS PRODUCERS PAUSE_SECONDS PRODUCE_SECONDS
#
# Pauses SOURCE and resumes TARGET back to back. TARGET is resumed only after SOURCE has confirmed that it does not
# produce. When TARGET signs no block within PRODUCE_SECONDS it is paused again and SOURCE resumed.
# Every step asks first where things stand, so it may be run again after an interruption at any point.
# The last line of output is the result: moved, returned (SOURCE produces again) or unchanged (SOURCE was not paused).
. "$(dirname "$0")/kube.sh"
source=$1 target=$2 pause_with=$3 round=$4 producers=$5 pause_patience=$6 patience=$7

say() { echo "$(date -u +%H:%M:%S) $*"; }

# Blocks since SOURCE last signed one: large enough that our round and one more have passed, small enough that our next
# round is not near.
blocks_since_ours() {
  UNTRACED=1
  signed=$(k logs "$source" -c "$CONTAINER" --tail 2000 | sed -n 's/.*Produced block [0-9a-f]*\.\.\. #\([0-9]*\).*/\1/p' | tail -n 1)
  head=$(node_get "$source" /v1/chain/get_info | sed -n 's/.*"head_block_num": *\([0-9]*\).*/\1/p') || return 1
  [ -n "$signed" ] || signed=0
  echo $((head - signed))
}

# wait_for_window TRIES
wait_for_window() {
  latest=$((round * producers / 2))
  tries=0
  while :; do
    since=$(blocks_since_ours) || since=
    if [ -n "$since" ] && [ "$since" -ge "$round" ] && { [ "$since" -le "$latest" ] || [ "$since" -gt $((round * producers * 2)) ]; }; then
      say "$since blocks since our last one: our round and one more have passed"
      return 0
    fi
    tries=$((tries + 1))
    [ "$tries" -lt "$1" ] || { say "no quiet moment was found"; return 1; }
    sleep 0.2
  done
}

pause_source() {
  case $pause_with in
    maintenance) manager_post "$source" maintenance "$pause_patience" || say "maintenance did not complete" ;;
    safely-pause) manager_post "$source" safely_pause_production "$pause_patience" || say "safely_pause_production did not complete" ;;
    pause) node_post "$source" /v1/producer/pause || say "pause was refused" ;;
  esac
  quiet "$source" && return 0
  # The manager did not manage. The node itself can still be asked; what counts is what it says afterwards.
  say "$source still produces; asking nodeos itself to pause"
  wait_for_window 100 || true
  node_post "$source" /v1/producer/pause || true
  quiet "$source"
}

# Paused or stopped, as the pod itself says. Asked a few times: an answer may be under way.
quiet() {
  for _ in 1 2 3 4 5; do
    case $(state_of "$1") in
      paused | stopped) return 0 ;;
    esac
    sleep 0.5
  done
  return 1
}

signed_by_target() {
  UNTRACED=1
  k logs "$target" -c "$CONTAINER" --since-time "$resumed_at" | grep -q 'Produced block '
}

# SOURCE must produce again. Only after TARGET is known not to.
give_back() {
  node_post "$target" /v1/producer/pause || true
  if ! quiet "$target"; then
    say "DANGER: $target cannot be paused, so $source is not resumed. Decide by hand which pod produces."
    exit 4
  fi
  say "$target is paused; resuming $source"
  for _ in 1 2 3; do
    manager_post "$source" resume 120 || true
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      [ "$(state_of "$source")" != stopped ] && node_get "$source" /v1/chain/get_info >/dev/null 2>&1 && break
      sleep 1
    done
    [ "$(state_of "$source")" = producing ] || manager_post "$source" safely_resume_production 30 || true
    # A manager that is still busy with the pause cannot be asked; nodeos can.
    [ "$(state_of "$source")" != paused ] || node_post "$source" /v1/producer/resume || true
    if [ "$(state_of "$source")" = producing ]; then
      say "$source produces again"
      return 0
    fi
  done
  say "DANGER: neither $source nor $target produces. Resume one of them by hand, only one."
  exit 5
}

if [ "$(state_of "$source")" = producing ]; then
  if [ "$(state_of "$target")" = producing ]; then
    say "DANGER: both $source and $target produce; pausing $target"
    node_post "$target" /v1/producer/pause || true
    quiet "$target" || exit 4
  fi
  case $(state_of "$target") in
    paused) ;;
    *) say "$target is not ready to produce"; echo unchanged; exit 0 ;;
  esac
  [ "$pause_with" = safely-pause ] || wait_for_window 900 || { echo unchanged; exit 0; }
  if ! pause_source; then
    say "$source does not confirm that it is paused: $target is not resumed, $source goes on producing"
    echo unchanged
    exit 0
  fi
fi
quiet "$source" || { say "$source does not say that it is paused"; echo unchanged; exit 0; }
say "$source is $(state_of "$source"); resuming $target"
resumed_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
if manager_post "$target" safely_resume_production 30 && [ "$(state_of "$target")" = producing ]; then
  say "$target is resumed; waiting for its first block"
  deadline=$(($(date -u +%s) + patience))
  while [ "$(date -u +%s)" -lt "$deadline" ]; do
    if (signed_by_target); then
      say "$target has signed a block"
      echo moved
      exit 0
    fi
    sleep 0.3
  done
  say "$target signed no block within $patience s"
else
  say "$target did not resume"
fi
give_back
echo returned
