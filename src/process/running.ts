import { setTimeout as delay } from "node:timers/promises";
import type { AttemptEnd } from "../domain/attempt.ts";
import type { AttemptRef, RunningAttempt } from "../domain/ports.ts";
import type { Attempt } from "./attempt.ts";
import { attemptPaths } from "./attempt-dir.ts";
import { awaitEnd, hasEnded, verdict } from "./ending.ts";
import { isAlive, isReachable } from "./identity.ts";
import { isHeld, watchHeld } from "./liveness.ts";
import type { AttemptOutput, OutputWatch } from "./output-watch.ts";
import { Termination } from "./terminate.ts";

/** A released attempt: its end, and the way to bring it about. */
export function runningAttempt(
  attempt: Attempt,
  wrapperGone: Promise<void>,
  output: AttemptOutput,
  lingerMs: number,
): RunningAttempt {
  const over = new AbortController();
  const unstoppable = Promise.withResolvers<readonly string[]>();
  const termination = new Termination(attempt, over.signal);
  let stops = 0;
  const around = { wrapperGone, unstoppable: unstoppable.promise, stopping: () => stops > 0, output, lingerMs };
  const ended = awaitEnd(attempt, around).then((end) => {
    output.close();
    if (!hasCompany(end)) over.abort();
    return end;
  });
  return {
    ended,
    stop: async (graceMs, signal = "SIGTERM") => {
      stops++;
      const left = await termination.request(graceMs, signal);
      if (left.length > 0) unstoppable.resolve(left);
      await ended;
    },
  };
}

/** An attempt that an earlier executor released. When it is over already, so is `ended` when this resolves. */
export async function adopt(ref: AttemptRef, outputs: OutputWatch, lingerMs: number): Promise<RunningAttempt> {
  const attempt: Attempt = { attemptId: ref.attemptId, paths: attemptPaths(ref.dir), identity: ref.identity };
  const output = outputs.begin(attempt.paths);
  if (isHeld(attempt.paths.alive) || isThere(attempt)) {
    return runningAttempt(attempt, foreignWrapperGone(attempt), output, lingerMs);
  }
  const end = await verdict(attempt, output, []);
  output.close();
  return { ended: Promise.resolve(end), stop: async () => {} };
}

/** It is not our child: nobody tells us of its end but the FIFO, and that only when all the others are gone too. */
async function foreignWrapperGone(attempt: Attempt): Promise<void> {
  const watch = watchHeld(attempt.paths.alive);
  const freed = watch.freed.then(() => true);
  try {
    while (!(await Promise.race([freed, delay(lookEveryMs, false)]))) {
      if (!isThere(attempt) && !mayBeThere(attempt)) return;
    }
    // Somebody has removed the FIFO: then only the process itself is left to be looked at.
    while (isThere(attempt)) await delay(lookEveryMs);
  } finally {
    watch.close();
  }
}

const lookEveryMs = 200;

function isThere({ identity }: Attempt): boolean {
  return identity !== undefined && isAlive(identity);
}

/** In another pid namespace, or without a record of it, only its last word can tell that the wrapper is gone. */
function mayBeThere(attempt: Attempt): boolean {
  const { identity } = attempt;
  return (identity === undefined || !isReachable(identity)) && !hasEnded(attempt);
}

function hasCompany(end: AttemptEnd): boolean {
  if (end.kind === "lost") return true;
  return (end.kind === "exited" || end.kind === "signalled") && end.lingering !== undefined;
}
