/*
 * The process that stands between us and a command, in the one language that is everywhere. It is its own session, so it
 * outlives us; it waits at its gate until the release is durable; and it writes down how the command ended.
 *
 * Descriptors: 3 gate (a line `go`, or end of file when we are gone), 4 exit record, 5 the FIFO that says "alive".
 * Only the FIFO is left to the command. The wrapper's own standard error goes nowhere: shells announce there that a child
 * was killed, and that is not the command's output. It touches no variable that the command could have inherited, except
 * RUNSHEET_GATE, which we clear.
 */

export const gateDescriptor = 3;
export const exitDescriptor = 4;
export const aliveDescriptor = 5;

/** Whatever ends a whole process group must not end the wrapper, which has to say so. */
export const ignoredByWrapper = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGPIPE",
] as const;

const signals = ignoredByWrapper.map((name) => name.slice("SIG".length)).join(" ");

const passGate = `trap '' ${signals}
exec 6>&2 2>/dev/null
if read -r RUNSHEET_GATE <&3 && [ "$RUNSHEET_GATE" = go ]; then unset RUNSHEET_GATE; else
printf 'gate-eof attempt=%s\\n' "$RUNSHEET_ATTEMPT" >&4; exit 125; fi
printf 'go attempt=%s\\n' "$RUNSHEET_ATTEMPT" >&4 || exit 125
`;

const runCommand = `( trap - ${signals}; exec 2>&6 3>&- 4>&- 6>&-; exec "$@" )
printf 'rc=%s attempt=%s\\n' "$?" "$RUNSHEET_ATTEMPT" >&4
`;

const outlive = `${passGate}exec 3>&-
${runCommand}`;

/** Seconds between TERM and KILL when the executor has died and its command is to die with it. */
const dyingSeconds = 10;

// The gate stays open as a lifeline: its end of file is our death, however we died.
const dieTogether = `${passGate}( read -r RUNSHEET_GATE <&3
kill -s TERM 0; sleep ${dyingSeconds} 5>&-; kill -s KILL 0 ) >/dev/null 4>&- 6>&- &
${runCommand}kill -s KILL $!
`;

/**
 * Arguments for the shell.
 *
 * With `dieWithExecutor`, the end of the executor sends TERM to the command's process group and KILL ten seconds later.
 * Processes that left the group (setsid) are not reached: their attempt stays alive and is adopted at resume.
 */
export function wrapperArguments(argv: readonly string[], dieWithExecutor: boolean): string[] {
  return ["-c", dieWithExecutor ? dieTogether : outlive, "runsheet-attempt", ...argv];
}
