import type { Address } from "../domain/address.ts";
import type { Event } from "../domain/event.ts";
import { failure } from "../domain/failure.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Move } from "../domain/next-moves.ts";
import type { LeafNode } from "../domain/plan.ts";
import { type Value, valueToJson } from "../domain/value.ts";
import { actionContext } from "./action-context.ts";
import { ask } from "./ask.ts";
import { paramsOf } from "./attempt-action.ts";
import { outputsOf } from "./outputs.ts";
import { askProbe } from "./probe.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

/** Whether the work of an attempt in doubt was done, as far as it can be found out without a person. */
type Finding =
  | { readonly kind: "done"; readonly reason: string; readonly outputs?: JsonObject }
  | { readonly kind: "not-done"; readonly by: "probe" | "idempotent"; readonly reason: string }
  | { readonly kind: "unknown" };

/**
 * In this order: a step that only reads is repeated; `verify`, `guard` or the action's own check decide; a step that is
 * declared idempotent is repeated; `onInterrupt` says what else; a person is asked last. Repeated at once is what was
 * interrupted; what died while this executor looked on has failed instead.
 */
export async function settle(run: Run, move: Extract<Move, { kind: "settle" }>): Promise<void> {
  const { at, node, n } = move;
  const found = await find(run, at, node);
  if (run.stopping.signal.aborted) return;
  const base = { type: "doubt-resolved", at, n, actor: run.actor } as const;
  if (found.kind === "done") {
    const outputs = found.outputs ?? (await declaredOutputs(run, at, node));
    return run.record([
      { ...base, as: "done", by: "probe", reason: found.reason },
      { type: "step-ended", at, result: { kind: "done", how: "probe" }, ...(outputs ? { outputs } : {}) },
    ]);
  }
  const again = found.kind === "not-done" ? found.reason : node.step.onInterrupt === "rerun" && "onInterrupt: rerun";
  const died = again === false ? undefined : deathSeen(run, at, node, again);
  if (died) return run.record([died]);
  if (found.kind === "not-done") return run.record([{ ...base, as: "not-done", by: found.by, reason: found.reason }]);
  if (again !== false) return run.record([{ ...base, as: "rerun", by: "idempotent", reason: again }]);
  if (node.step.onInterrupt === "fail") return run.record([failedForDoubt(run, at)]);
  return ask(run, { kind: "ask", at, node, purpose: "doubt" });
}

async function find(run: Run, at: Address, node: LeafNode): Promise<Finding> {
  const { step } = node;
  if (step.effect === "read") return { kind: "not-done", by: "idempotent", reason: "it only reads" };
  if (step.verify) {
    const verdict = await askProbe(run, at, step.verify.probe);
    if (verdict.kind === "yes") return { kind: "done", reason: `verify: ${verdict.note}` };
    if (verdict.kind === "no") return { kind: "not-done", by: "probe", reason: `verify: ${verdict.note}` };
  }
  if (step.guard) {
    const verdict = await askProbe(run, at, step.guard);
    if (verdict.kind === "yes") return { kind: "done", reason: `guard: ${verdict.note}` };
    if (verdict.kind === "no") return { kind: "not-done", by: "probe", reason: `guard: ${verdict.note}` };
  }
  if (step.body.kind === "uses") {
    const found = await checkAction(run, at, step.body);
    if (found.kind !== "unknown") return found;
  }
  if (step.idempotent) return { kind: "not-done", by: "idempotent", reason: "declared idempotent" };
  return { kind: "unknown" };
}

export async function checkAction(
  run: Run,
  at: Address,
  body: Extract<LeafNode["step"]["body"], { kind: "uses" }>,
): Promise<Finding> {
  const action = run.actionOf(body.action);
  if (!action) return { kind: "unknown" };
  const harmless: Finding = action.repeatable
    ? { kind: "not-done", by: "idempotent", reason: `${action.kind} skips what is done` }
    : { kind: "unknown" };
  if (!action.check) return harmless;
  const params = paramsOf(run, at, action, body.with);
  if (params.kind === "failed") return { kind: "unknown" };
  const last = run.state.steps.get(at)?.last;
  const context = actionContext(run, at, {
    attemptId: last?.attemptId ?? run.newId(),
    n: last?.n ?? 0,
    signal: run.stopping.signal,
    log: () => {},
  });
  if (context.kind === "failed") return { kind: "unknown" };
  try {
    const verdict = await action.check(params.value, context.value);
    if (verdict.kind === "done") {
      const outputs = valueToJson((verdict.outputs ?? {}) as Value) as JsonObject;
      return { kind: "done", reason: `${action.kind} found its work done`, outputs };
    }
    if (verdict.kind === "not-done") return { kind: "not-done", by: "probe", reason: verdict.note ?? "checked" };
  } catch {
    // A check that breaks has not answered.
  }
  return harmless;
}

async function declaredOutputs(run: Run, at: Address, node: LeafNode): Promise<JsonObject | undefined> {
  const outputs = await outputsOf(run, at, node, {});
  return outputs.kind === "ok" ? outputs.value : undefined;
}

/** What died before our eyes has failed, and is tried again as `retry` says: without a bound it would die for ever. */
function deathSeen(run: Run, at: Address, node: LeafNode, again: string): Event | undefined {
  const phase = run.state.steps.get(at)?.phase;
  if (phase?.kind !== "in-doubt" || phase.interrupted) return undefined;
  const message = `${node.step.id} did not come to its end (${phase.evidence.join("; ")}), and may be tried again: ${again}`;
  const hint = "see why it died; `retry` tries such a step again by itself";
  return stepFailed(run, at, failure("died", message, { hint, retryable: true }));
}

function failedForDoubt(run: Run, at: Address): Event {
  const failed = failure("interrupted", `${at} was interrupted and says onInterrupt: fail`);
  return stepFailed(run, at, failed);
}
