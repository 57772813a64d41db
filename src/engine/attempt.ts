import type { Address } from "../domain/address.ts";
import { failure } from "../domain/failure.ts";
import { type Move, needsConfirmation } from "../domain/next-moves.ts";
import type { LeafNode } from "../domain/plan.ts";
import { attemptAction } from "./attempt-action.ts";
import { attemptCommand } from "./attempt-command.ts";
import type { Task } from "./perform.ts";
import { comparePins } from "./pins.ts";
import { buildPrompt } from "./prompts.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";
import { startService, stopServiceStep } from "./service.ts";
import { stepFailed } from "./start.ts";
import { wait, waitUntil } from "./wait.ts";

/** One try of one step or item. */
export async function attempt(
  run: Run,
  { at, node, delayMs }: Extract<Move, { kind: "attempt" }>,
  task: Task,
): Promise<void> {
  if (delayMs > 0) {
    await delay(run, at, delayMs);
    if (run.stopping.signal.aborted) return;
  }
  if (!(await stillApproved(run, at, node))) return;
  if (run.journal.space().low) {
    run.control.stop({ kind: "after-step", reason: { kind: "disk-full" }, exitCode: 74 });
    return;
  }
  if (node.step.effect !== "read") {
    const differs = await comparePins(run, at);
    if (differs) {
      run.control.stop({ kind: "after-step", reason: { kind: "refused", failure: differs }, exitCode: 6 });
      return;
    }
  }
  const { body } = node.step;
  switch (body.kind) {
    case "run":
      return attemptCommand(run, at, node, body.command, task);
    case "uses":
      return attemptAction(run, at, node, body.action, body.with, task);
    case "service":
      return startService(run, at, node, body, task);
    case "stop-service":
      return stopServiceStep(run, at, body.service);
    case "wait":
      return wait(run, at, body.forMs);
    case "wait-until":
      return waitUntil(run, at, node, body.poll);
    case "assert":
      return assertStep(run, at, node);
    case "confirm":
      return run.record([{ type: "step-ended", at, result: { kind: "done", how: "answer" } }]);
    case "input":
    case "manual":
    case "group":
    case "call":
      throw new Error(`a ${body.kind} step has no attempts`);
  }
}

/** Waits before the next try, unless somebody cannot wait. */
async function delay(run: Run, at: Address, delayMs: number): Promise<void> {
  const hurry = new AbortController();
  run.delays.set(at, hurry);
  await run.clock.sleep(delayMs, AbortSignal.any([run.stopping.signal, hurry.signal]));
  run.delays.delete(at);
}

/** An approval of an earlier process counts only while the question still reads the same (E6). */
async function stillApproved(run: Run, at: Address, node: LeafNode): Promise<boolean> {
  const approved = run.state.steps.get(at)?.approved;
  if (!approved || run.approvedHere.has(at) || !needsConfirmation(node)) return true;
  const now = await buildPrompt(run, at, node, "confirm");
  if (now.kind === "ok" && now.value.hash === approved.hash) return true;
  await run.record([
    {
      type: "prompt-withdrawn",
      promptId: `${at}#0`,
      at,
      why: "what was approved reads differently now; it is asked again",
    },
  ]);
  return false;
}

async function assertStep(run: Run, at: Address, node: LeafNode): Promise<void> {
  if (node.step.body.kind !== "assert") return;
  const { that, message } = node.step.body;
  const scope = scopeOf(run, at);
  const held = run.expressions.condition(that, scope);
  if (held.kind === "failed") return run.record([stepFailed(run, at, held.failure)]);
  if (held.value) return run.record([{ type: "step-ended", at, result: { kind: "done", how: "probe" } }]);
  const words = message ? run.expressions.text(message, scope) : undefined;
  const text = words?.kind === "ok" ? words.value : `${that.source} is false`;
  return run.record([stepFailed(run, at, failure("assert-failed", `${at}: ${text}`))]);
}
