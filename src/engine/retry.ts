import type { Move } from "../domain/next-moves.ts";
import type { Run } from "./run.ts";

/** Exponential with full jitter, so that many failed items do not come back at the same instant. */
export async function scheduleRetry(run: Run, move: Extract<Move, { kind: "schedule-retry" }>): Promise<void> {
  const { retry } = move.node.step;
  const tries = run.state.steps.get(move.at)?.tries ?? 1;
  const ceiling = Math.min(retry.maxDelayMs, retry.delayMs * retry.backoff ** (tries - 1));
  const delayMs = retry.backoff === 1 ? ceiling : Math.round(ceiling * (0.5 + run.random() / 2));
  return run.record([{ type: "retry-scheduled", at: move.at, n: move.n, delayMs }]);
}
