import type { Event } from "../domain/event.ts";
import type { Failure } from "../domain/failure.ts";
import type { Move } from "../domain/next-moves.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

type Start = Extract<Move, { kind: "start" }>;

/** Decides `when`. A step that is not wanted is recorded as skipped, so that nobody wonders later. */
export async function start(run: Run, { at, node }: Start): Promise<void> {
  const { when } = node.step;
  if (when) {
    const wanted = run.expressions.condition(when, scopeOf(run, at));
    if (wanted.kind === "failed")
      return run.record([{ type: "step-started", at }, stepFailed(run, at, wanted.failure)]);
    if (!wanted.value) {
      return run.record([{ type: "step-ended", at, result: { kind: "skipped", why: "when", reason: when.source } }]);
    }
  }
  return run.record([{ type: "step-started", at }]);
}

/** A failure outside of an attempt; not tried again unless it says so: a text does not render better the second time. */
export function stepFailed(run: Run, at: string, failed: Failure): Event {
  return {
    type: "step-failed",
    at,
    n: run.state.steps.get(at)?.attempts ?? 0,
    failure: { retryable: false, ...failed },
  };
}
