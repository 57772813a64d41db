import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Failure, failure } from "../domain/failure.ts";
import { type AttemptPaths, attemptPaths } from "./attempt-dir.ts";
import { isHeld } from "./liveness.ts";

/**
 * What the directory of an attempt tells without a journal. `never-ran`: a wrapper stood at its gate and its command was
 * never started. `ran`: a command passed the gate. `alive`: a process of the attempt lives, at the gate or beyond.
 */
export type Traces = "none" | "never-ran" | "ran" | "alive";

/** Looks at an attempt's directory; changes nothing. An attempt that `ran` and is not in the journal was lost by it. */
export function tracesIn(dir: string): Traces {
  const paths = attemptPaths(dir);
  if (!existsSync(paths.dir)) return "none";
  if (isHeld(paths.alive)) return "alive";
  return hasRun(paths) ? "ran" : "never-ran";
}

/**
 * Why a new attempt must not use this directory, if it must not. A wrapper that an executor left at its gate goes by
 * itself and is waited for.
 */
export async function occupation(paths: AttemptPaths): Promise<Failure | undefined> {
  for (let waitedMs = 0; tracesIn(paths.dir) === "alive" && !hasRun(paths); waitedMs += 10) {
    if (waitedMs > patienceMs) return occupied(paths, "a wrapper of another executor stands at its gate");
    await delay(10);
  }
  const traces = tracesIn(paths.dir);
  if (traces === "alive") return occupied(paths, "its command is running");
  return traces === "ran" ? occupied(paths, "its command has run") : undefined;
}

const patienceMs = 5_000;

function occupied({ dir }: AttemptPaths, what: string): Failure {
  return failure("attempt-exists", `the directory of this attempt is in use, ${what}: ${dir}`, {
    retryable: false,
    hint: "the journal does not know this attempt: look at it with `runsheet state verify` before you go on",
  });
}

function hasRun(paths: AttemptPaths): boolean {
  try {
    return /^(?:go|rc=\d+) attempt=/m.test(readFileSync(paths.exit, "latin1"));
  } catch {
    return false;
  }
}
