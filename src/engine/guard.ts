import { failure } from "../domain/failure.ts";
import type { Move } from "../domain/next-moves.ts";
import type { Probe } from "../domain/runbook.ts";
import { outputsOf } from "./outputs.ts";
import { askProbe } from "./probe.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

/** "Already done?" - then the step ends here, without an attempt. A guard that cannot answer fails the step. */
export async function checkGuard(run: Run, { at, node }: Extract<Move, { kind: "guard" }>): Promise<void> {
  const verdict = await askProbe(run, at, node.step.guard as Probe);
  if (run.stopping.signal.aborted) return;
  if (verdict.kind === "no") return run.record([{ type: "guard-checked", at }]);
  if (verdict.kind === "yes") {
    const outputs = await outputsOf(run, at, node, {});
    const known = outputs.kind === "ok" ? { outputs: outputs.value } : {};
    return run.record([{ type: "step-ended", at, result: { kind: "done", how: "guard" }, ...known }]);
  }
  const failed = failure("guard-failed", `the guard of ${at} gave no answer: ${verdict.note}`, {
    hint: "a guard ends with 0 (already done) or 1 (to be done); anything else stops the step",
  });
  return run.record([stepFailed(run, at, failed)]);
}
