#!/bin/sh
# Usage: job-has-ended.sh STATUS-COMMAND... - succeeds when the command says that the job has ended, in whatever way.
set -eu
state=$("$@") || exit 1
printf '%s\n' "$state" | grep -Eqiw 'finished|succeeded|success|completed|done|failed|failure|error|killed|lost|cancell?ed|aborted'
