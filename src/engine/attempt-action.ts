import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Action, ActionResult } from "../domain/action.ts";
import { type Address, attemptDirName } from "../domain/address.ts";
import type { Outcome } from "../domain/attempt.ts";
import type { Event } from "../domain/event.ts";
import { failure } from "../domain/failure.ts";
import type { JsonObject } from "../domain/json.ts";
import type { LeafNode } from "../domain/plan.ts";
import type { TemplateTree } from "../domain/runbook.ts";
import { type Value, valueToJson, valueToText } from "../domain/value.ts";
import { actionContext } from "./action-context.ts";
import { outputsOf } from "./outputs.ts";
import type { Task } from "./perform.ts";
import { durationOf } from "./probe.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";
import { stepFailed } from "./start.ts";

/** An action inside this process. It dies with us; `check`, its checkpoint or `repeatable` say what then. */
export async function attemptAction(
  run: Run,
  at: Address,
  node: LeafNode,
  kind: string,
  given: TemplateTree,
  task: Task,
): Promise<void> {
  const action = run.actionOf(kind);
  if (!action) return run.record([stepFailed(run, at, failure("unknown-action", `there is no action ${kind}`))]);
  const params = paramsOf(run, at, action, given);
  if (params.kind === "failed") return run.record([stepFailed(run, at, params.failure)]);

  const n = (run.state.steps.get(at)?.attempts ?? 0) + 1;
  const attemptId = run.newId();
  const dir = join("attempts", attemptDirName(at, n));
  const aborter = new AbortController();
  const log = run.files.openLog(join(run.runDir, dir));
  const context = actionContext(run, at, { attemptId, n, signal: aborter.signal, log: (line) => log.line(line) });
  if (context.kind === "failed") return run.record([stepFailed(run, at, context.failure)]);
  const commandSha256 = createHash("sha256")
    .update(`${kind} ${valueToText(params.shown)}`)
    .digest("hex");
  const sensitive = node.step.sensitive ? ({ sensitive: true } as const) : {};
  const { effect } = node.step;
  await run.record([{ type: "attempt-released", at, n, attemptId, effect, commandSha256, dir, ...sensitive }]);

  const ending = { reason: undefined as string | undefined, timedOut: false };
  task.onStop((request) => {
    if (request.kind === "after-step") return;
    ending.reason ??= request.reason.kind === "signal" ? request.reason.signal : request.reason.kind;
    aborter.abort(new Error("stopped"));
  });
  const timer = startTimeout(run, at, node, aborter, ending);
  const result = await runAction(action, params.value, context.value);
  timer?.abort();
  await log.close();
  return run.record(await eventsOf(run, at, node, n, result, ending));
}

/** Parameters as the action wants them; the schema's words become one readable failure. */
export function paramsOf(
  run: Run,
  at: Address,
  action: Action,
  given: TemplateTree,
):
  | { readonly kind: "ok"; readonly value: unknown; readonly shown: Value }
  | { readonly kind: "failed"; readonly failure: ReturnType<typeof failure> } {
  const tree = run.expressions.tree(given, scopeOf(run, at));
  if (tree.kind === "failed") return tree;
  const parsed = action.params.safeParse(tree.value);
  if (parsed.success) return { kind: "ok", value: parsed.data, shown: tree.value };
  const words = z.prettifyError(parsed.error).replaceAll("\n", "; ");
  return {
    kind: "failed",
    failure: failure("bad-params", `${action.kind} in ${at}: ${words}`, {
      hint: `see the parameters: runsheet actions ${action.kind}`,
      retryable: false,
    }),
  };
}

async function runAction(
  action: Action,
  params: unknown,
  context: Parameters<Action["run"]>[1],
): Promise<ActionResult<unknown>> {
  try {
    return await action.run(params, context);
  } catch (error) {
    const message = `${action.kind} broke: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "failed", failure: failure("action-broke", message, { cause: error }) };
  }
}

function startTimeout(
  run: Run,
  at: Address,
  node: LeafNode,
  aborter: AbortController,
  ending: { timedOut: boolean },
): AbortController | undefined {
  if (node.step.timeoutMs === undefined) return undefined;
  const limit = durationOf(run, at, node.step.timeoutMs);
  if (limit.kind === "failed") return undefined;
  const timer = new AbortController();
  void run.clock.sleep(limit.value, timer.signal).then(() => {
    if (timer.signal.aborted) return;
    ending.timedOut = true;
    aborter.abort(new Error("timeout"));
  });
  return timer;
}

async function eventsOf(
  run: Run,
  at: Address,
  node: LeafNode,
  n: number,
  result: ActionResult<unknown>,
  ending: { readonly reason: string | undefined; readonly timedOut: boolean },
): Promise<readonly Event[]> {
  const outcome = outcomeOf(node, result, ending);
  const ended = { type: "attempt-ended", at, n, outcome, observedLate: false } as const;
  if (result.kind !== "ok" || outcome.kind !== "ok") return [ended];
  const values = (result.outputs ?? {}) as { readonly [name: string]: Value };
  const withResult: Event = { ...ended, result: valueToJson(values) as JsonObject };
  if (node.step.verify) return [withResult];
  const outputs = await outputsOf(run, at, node, values, { result: values });
  if (outputs.kind === "failed") return [withResult, stepFailed(run, at, outputs.failure)];
  return [withResult, { type: "step-ended", at, result: { kind: "done", how: "attempt" }, outputs: outputs.value }];
}

function outcomeOf(
  node: LeafNode,
  result: ActionResult<unknown>,
  ending: { readonly reason: string | undefined; readonly timedOut: boolean },
): Outcome {
  if (result.kind === "ok") return { kind: "ok" };
  if (ending.timedOut) {
    const message = `${node.step.id} did not end within its timeout`;
    return { kind: "failed", failure: failure("timeout", message, { hint: "raise `timeout`, or see why it hangs" }) };
  }
  if (ending.reason !== undefined) return { kind: "cancelled", reason: ending.reason };
  return { kind: "failed", failure: result.failure };
}
