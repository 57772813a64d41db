import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Address, attemptDirName } from "../domain/address.ts";
import type { AttemptEnd, Outcome } from "../domain/attempt.ts";
import type { Event } from "../domain/event.ts";
import { failure } from "../domain/failure.ts";
import type { LeafNode } from "../domain/plan.ts";
import type { CommandRequest, RunningAttempt } from "../domain/ports.ts";
import type { Command } from "../domain/runbook.ts";
import { outputsOf } from "./outputs.ts";
import type { Task } from "./perform.ts";
import { commandRequest, durationOf } from "./probe.ts";
import { lastLines } from "./prompts.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

/** A command: gated wrapper, durable release, gate opened, end observed, durable outcome. Two commits. */
export async function attemptCommand(
  run: Run,
  at: Address,
  node: LeafNode,
  command: Command,
  task: Task,
): Promise<void> {
  const request = commandRequest(run, at, command);
  if (request.kind === "failed") return run.record([stepFailed(run, at, request.failure)]);
  const released = await release(run, at, node, request.value);
  if (!released) return;
  return awaitEnd(run, at, node, released.n, released.attempt, task, false);
}

/** Prepares the wrapper, commits the release, opens the gate. `undefined` when nothing was started. */
export async function release(
  run: Run,
  at: Address,
  node: LeafNode,
  request: CommandRequest,
): Promise<{ n: number; attempt: RunningAttempt } | undefined> {
  const n = (run.state.steps.get(at)?.attempts ?? 0) + 1;
  const attemptId = run.newId();
  const dir = join("attempts", attemptDirName(at, n));
  const prepared = await run.processes.prepare({
    ...request,
    dir: join(run.runDir, dir),
    attemptId,
    // All of them, always: a command may inherit one from our environment without being handed it.
    secrets: Object.values(run.secrets),
    dieWithExecutor: false,
  });
  if (prepared.kind === "failed") {
    await run.record([stepFailed(run, at, prepared.failure)]);
    return undefined;
  }
  if (run.stopping.signal.aborted) {
    await prepared.attempt.abandon();
    return undefined;
  }
  await run.record([
    {
      type: "attempt-released",
      at,
      n,
      attemptId,
      effect: node.step.effect,
      identity: prepared.attempt.identity,
      commandSha256: createHash("sha256").update(request.command.shown).digest("hex"),
      dir,
      ...(node.step.sensitive ? { sensitive: true } : {}),
    },
  ]);
  return { n, attempt: prepared.attempt.release() };
}

/** Waits for the end of a released command, whoever released it, and records the outcome. */
export async function awaitEnd(
  run: Run,
  at: Address,
  node: LeafNode,
  n: number,
  attempt: RunningAttempt,
  task: Task,
  observedLate: boolean,
): Promise<void> {
  const ending = { timedOut: false, cancelled: undefined as string | undefined };
  const left = Promise.withResolvers<"left">();
  task.onStop((request) => {
    if (request.kind === "leave") left.resolve("left");
    if (request.kind !== "now" || ending.cancelled !== undefined) return;
    ending.cancelled = request.reason.kind === "signal" ? request.reason.signal : request.reason.kind;
    void attempt.stop(run.options.graceMs);
  });
  const timer = await startTimeout(run, at, node, attempt, ending);
  const end = await Promise.race([attempt.ended, left.promise]);
  timer?.abort();
  if (end === "left") return;
  const outcome = await withLastWords(run, at, outcomeOf(end, node, ending, observedLate));
  return run.record(await eventsOf(run, at, node, n, end, outcome, observedLate));
}

async function startTimeout(
  run: Run,
  at: Address,
  node: LeafNode,
  attempt: RunningAttempt,
  ending: { timedOut: boolean },
): Promise<AbortController | undefined> {
  if (node.step.timeoutMs === undefined) return undefined;
  const limit = durationOf(run, at, node.step.timeoutMs);
  if (limit.kind === "failed") return undefined;
  const timer = new AbortController();
  void run.clock.sleep(limit.value, timer.signal).then(() => {
    if (timer.signal.aborted) return;
    ending.timedOut = true;
    void attempt.stop(run.options.graceMs);
  });
  return timer;
}

function outcomeOf(
  end: AttemptEnd,
  node: LeafNode,
  ending: { timedOut: boolean; cancelled: string | undefined },
  observedLate: boolean,
): Outcome {
  if (end.kind === "not-started") return { kind: "not-started" };
  if (end.kind === "exited" && end.exitCode === 0 && !ending.timedOut) return { kind: "ok", exitCode: 0 };
  if (ending.timedOut) {
    const message = `${node.step.id} did not end within its timeout and was ended with everything it had started`;
    return { kind: "failed", failure: failure("timeout", message, { hint: "raise `timeout`, or see why it hangs" }) };
  }
  if (ending.cancelled !== undefined) return { kind: "cancelled", reason: ending.cancelled };
  if (end.kind === "exited") {
    const message = `${node.step.id} ended with exit code ${end.exitCode}`;
    return { kind: "failed", failure: failure("exit-code", message), exitCode: end.exitCode };
  }
  if (end.kind === "lost") return { kind: "in-doubt", evidence: end.evidence };
  const harmless = node.step.effect === "read" || node.step.idempotent;
  if (harmless && !observedLate) {
    return { kind: "failed", failure: failure("signal", `${node.step.id} was ended by ${end.signal}`) };
  }
  return { kind: "in-doubt", evidence: [`ended by ${end.signal}: its effects may be partial`] };
}

const MAX_WORDS = 200;

/** What the command printed last, on standard error if anything: usually why it failed. */
async function withLastWords(run: Run, at: Address, outcome: Outcome): Promise<Outcome> {
  if (outcome.kind !== "failed" || outcome.failure.code !== "exit-code") return outcome;
  const [line = ""] = await lastLines(run, run.state.steps.get(at), 1);
  const words = line.trim().slice(0, MAX_WORDS);
  if (words === "") return outcome;
  return { ...outcome, failure: { ...outcome.failure, message: `${outcome.failure.message}: ${words}` } };
}

async function eventsOf(
  run: Run,
  at: Address,
  node: LeafNode,
  n: number,
  end: AttemptEnd,
  outcome: Outcome,
  observedLate: boolean,
): Promise<readonly Event[]> {
  const output = end.kind === "not-started" ? {} : { output: end.output };
  const lingering = "lingering" in end && end.lingering ? { lingering: end.lingering } : {};
  const ended: Event = { type: "attempt-ended", at, n, outcome, observedLate, ...output, ...lingering };
  // The usual case ends step and attempt in one commit; with a verify or outputs the step ends in a move of its own.
  const simple = outcome.kind === "ok" && !node.step.verify && Object.keys(node.step.outputs).length === 0;
  if (!simple) return [ended];
  const outputs = await outputsOf(run, at, node, {});
  const known = outputs.kind === "ok" && Object.keys(outputs.value).length > 0 ? { outputs: outputs.value } : {};
  return [ended, { type: "step-ended", at, result: { kind: "done", how: "attempt", exitCode: 0 }, ...known }];
}
