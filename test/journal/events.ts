import type { Event, RunCreated } from "../../src/domain/event.ts";
import type { OwnerFacts } from "../../src/journal/index.ts";

export const actor = { user: "anna", host: "desk", via: "screen", tty: "/dev/pts/7" };

export const owner: OwnerFacts = {
  actor,
  identity: { pid: process.pid, startTicks: "4711", bootId: "boot-1", pidNamespace: "pid:[1]" },
  version: "0.1.0",
};

export function created(runId: string): RunCreated {
  return {
    type: "run-created",
    runId,
    runbook: "bp-switch",
    runbookFile: "/srv/bp-switch/runbook.yaml",
    runbookSha256: "ab".repeat(32),
    fingerprints: { "replace-target": "f1" },
    params: { target: "nodeos-bp-2" },
    lab: false,
    actor,
    version: "0.1.0",
  };
}

export function release(at: string, n = 1, more: Partial<Extract<Event, { type: "attempt-released" }>> = {}): Event {
  return {
    type: "attempt-released",
    at,
    n,
    attemptId: `${at}-${n}`,
    effect: "mutate",
    identity: owner.identity,
    commandSha256: "cd".repeat(32),
    dir: `attempts/${at.replaceAll("/", ",")}.${n}`,
    ...more,
  };
}

export function end(
  at: string,
  n = 1,
  outcome: Extract<Event, { type: "attempt-ended" }>["outcome"] = { kind: "ok", exitCode: 0 },
): Event {
  return { type: "attempt-ended", at, n, outcome, observedLate: false };
}

export function done(at: string): Event {
  return { type: "step-ended", at, result: { kind: "done", how: "attempt", exitCode: 0 } };
}

/** A whole step as the engine records it. */
export function stepEvents(at: string): readonly Event[] {
  return [{ type: "step-started", at }, release(at), end(at), done(at)];
}
