import type { StepResult } from "../domain/event.ts";
import { failure } from "../domain/failure.ts";
import type { Move } from "../domain/next-moves.ts";
import type { LeafNode } from "../domain/plan.ts";
import { leftoverOf, outputsOf } from "./outputs.ts";
import { poll } from "./probe.ts";
import type { Run } from "./run.ts";
import type { Leftover } from "./scope.ts";
import { stopServicesInside } from "./service.ts";
import { stepFailed } from "./start.ts";

/** Verifies, takes the outputs and ends the step. Only what is verified counts as done. */
export async function finish(run: Run, { at, node }: Extract<Move, { kind: "finish" }>): Promise<void> {
  if (node.kind !== "leaf") {
    await stopServicesInside(run, at);
    const outputs = node.kind === "group" ? await outputsOf(run, at, node, {}) : undefined;
    if (outputs?.kind === "failed") return run.record([stepFailed(run, at, outputs.failure)]);
    const result: StepResult = { kind: "done", how: "children" };
    return run.record([{ type: "step-ended", at, result, ...(outputs ? { outputs: outputs.value } : {}) }]);
  }
  const leftover = await leftoverOf(run, at, node);
  if (!(await verified(run, at, node, leftover))) return;
  const step = run.state.steps.get(at);
  const outputs = await outputsOf(run, at, node, step?.outputs ?? {}, leftover);
  if (outputs.kind === "failed") return run.record([stepFailed(run, at, outputs.failure)]);
  const exitCode = step?.exitCode === undefined ? {} : { exitCode: step.exitCode };
  return run.record([
    { type: "step-ended", at, result: { kind: "done", how: "attempt", ...exitCode }, outputs: outputs.value },
  ]);
}

/** False when verify said no (recorded) or the run stopped before it could answer (asked again at resume). */
async function verified(run: Run, at: string, node: LeafNode, leftover: Leftover): Promise<boolean> {
  const { verify } = node.step;
  if (!verify) return true;
  const verdict = await poll(run, at, verify, leftover);
  if (verdict === undefined) return false;
  if (verdict.kind === "yes") return true;
  const failed = failure("verify-failed", `${at} ended without an error, but its verify says no: ${verdict.note}`, {
    hint: "look at the world before trying again: the step may have done its work in part",
    retryable: true,
  });
  await run.record([stepFailed(run, at, failed)]);
  return false;
}

export async function failStep(
  run: Run,
  { at, node, failure: failed }: Extract<Move, { kind: "fail" }>,
): Promise<void> {
  if (node.kind !== "leaf") await stopServicesInside(run, at);
  return run.record([{ type: "step-ended", at, result: { kind: "failed", failure: failed } }]);
}

export async function haltStep(run: Run, { at, failure: failed }: Extract<Move, { kind: "halt" }>): Promise<void> {
  return run.record([{ type: "step-halted", at, failure: failed }]);
}
