#!/bin/sh
# Usage: job-is-live.sh STATUS-COMMAND... - succeeds when the command says that the job waits or runs.
# A status command that fails means: there is no such job.
set -eu
state=$("$@" 2>/dev/null) || exit 1
printf '%s\n' "$state" | grep -Eqiw 'pending|queued|waiting|starting|throttled|assigned|running|active'
