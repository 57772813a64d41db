import type { Address } from "../domain/address.ts";
import type { Evaluated } from "../domain/expressions.ts";
import { type Failure, failure } from "../domain/failure.ts";
import { nodeAt } from "../domain/plan.ts";
import type { CommandRequest, ProbeResult } from "../domain/ports.ts";
import type { Command, PollProbe, Probe, Step, Template } from "../domain/runbook.ts";
import { actionContext } from "./action-context.ts";
import { directoryOf } from "./directory.ts";
import type { Run } from "./run.ts";
import { type Leftover, scopeOf } from "./scope.ts";

/** What a probe found. `unknown` = it could not be asked, or its exit code is neither 0 nor 1. */
export type Verdict =
  | { readonly kind: "yes"; readonly note: string }
  | { readonly kind: "no"; readonly note: string }
  | { readonly kind: "unknown"; readonly note: string };

const PROBE_MAX_BYTES = 256 * 1024;

/** Asks once. Changes nothing in the world. */
export async function askProbe(run: Run, at: Address, probe: Probe, leftover: Leftover = {}): Promise<Verdict> {
  switch (probe.kind) {
    case "expression": {
      const held = run.expressions.condition(probe.that, scopeOf(run, at, leftover));
      if (held.kind === "failed") return { kind: "unknown", note: held.failure.message };
      return { kind: held.value ? "yes" : "no", note: probe.that.source };
    }
    case "command": {
      const result = await runProbe(run, at, probe.command, probe.timeoutMs, leftover);
      if (result.kind === "failed") return { kind: "unknown", note: result.failure.message };
      const note = noteOf(result);
      if (result.exitCode === 0) return { kind: "yes", note };
      return { kind: result.exitCode === 1 ? "no" : "unknown", note };
    }
    case "action":
      return askAction(run, at, probe, leftover);
  }
}

/** Starts the command of a probe in the step's directory and environment. */
export async function runProbe(
  run: Run,
  at: Address,
  command: Command,
  timeoutMs: number,
  leftover: Leftover = {},
): Promise<ProbeResult> {
  const request = commandRequest(run, at, command, leftover);
  if (request.kind === "failed") return request;
  return run.processes.probe(request.value, {
    timeoutMs,
    maxBytes: PROBE_MAX_BYTES,
    signal: run.stopping.signal,
  });
}

/** Command, directory and variables of a step, rendered. */
export function commandRequest(
  run: Run,
  at: Address,
  command: Command,
  leftover: Leftover = {},
): Evaluated<CommandRequest> {
  const rendered = run.expressions.command(command, scopeOf(run, at, leftover));
  if (rendered.kind === "failed") return rendered;
  const place = placeOf(run, at, leftover);
  return place.kind === "failed" ? place : { kind: "ok", value: { command: rendered.value, ...place.value } };
}

/** Where commands of a step are started, and with which variables of their own. */
export function placeOf(run: Run, at: Address, leftover: Leftover = {}): Evaluated<Omit<CommandRequest, "command">> {
  const scope = scopeOf(run, at, leftover);
  const step = nodeAt(run.plan, at)?.step as Step;
  const cwd = directoryOf(run, at, scope);
  if (cwd.kind === "failed") return cwd;
  const env: { [name: string]: string } = {
    RUNSHEET_RUN: run.state.created?.runId ?? "",
    RUNSHEET_STEP: at,
    RUNSHEET_RUN_DIR: run.runDir,
  };
  for (const [name, template] of Object.entries(step.env)) {
    const value = run.expressions.text(template, scope);
    if (value.kind === "failed") return value;
    env[name] = value.value;
  }
  return { kind: "ok", value: { cwd: cwd.value, env } };
}

/** Asks until the answer is yes or the budget is used up; `undefined` when the run stopped meanwhile. */
export async function poll(
  run: Run,
  at: Address,
  { probe, everyMs, withinMs }: PollProbe,
  leftover: Leftover = {},
  spentMs = 0,
  onAsked?: (spentMs: number) => Promise<void>,
): Promise<Verdict | undefined> {
  const every = durationOf(run, at, everyMs);
  const within = durationOf(run, at, withinMs);
  if (every.kind === "failed") return { kind: "unknown", note: every.failure.message };
  if (within.kind === "failed") return { kind: "unknown", note: within.failure.message };
  const begun = run.clock.monotonicMs() - spentMs;
  for (;;) {
    const verdict = await askProbe(run, at, probe, leftover);
    if (verdict.kind === "yes") return verdict;
    if (run.stopping.signal.aborted) return undefined;
    const spent = run.clock.monotonicMs() - begun;
    if (spent >= within.value) return verdict;
    await onAsked?.(spent);
    await run.clock.sleep(Math.min(every.value, within.value - spent), run.stopping.signal);
    if (run.stopping.signal.aborted) return undefined;
  }
}

/** A duration in ms, which may be an expression. */
export function durationOf(run: Run, at: Address, duration: Template | number): Evaluated<number> {
  if (typeof duration === "number") return { kind: "ok", value: duration };
  const value = run.expressions.value(duration, scopeOf(run, at));
  if (value.kind === "failed") return value;
  const ms = typeof value.value === "bigint" ? Number(value.value) : value.value;
  if (typeof ms === "number" && ms >= 0) return { kind: "ok", value: ms };
  return {
    kind: "failed",
    failure: failure("bad-duration", `${duration.source} is not a duration in milliseconds: ${String(value.value)}`, {
      hint: 'use a parameter of type duration, or duration("15m")',
    }),
  };
}

async function askAction(
  run: Run,
  at: Address,
  probe: Extract<Probe, { kind: "action" }>,
  leftover: Leftover,
): Promise<Verdict> {
  const action = run.actionOf(probe.action);
  if (!action) return { kind: "unknown", note: `no action ${probe.action}` };
  const given = run.expressions.tree(probe.with, scopeOf(run, at, leftover));
  if (given.kind === "failed") return { kind: "unknown", note: given.failure.message };
  const params = action.params.safeParse(given.value);
  if (!params.success) return { kind: "unknown", note: params.error.message };
  const timeout = AbortSignal.any([AbortSignal.timeout(probe.timeoutMs), run.stopping.signal]);
  const context = actionContext(run, at, { attemptId: run.newId(), n: 0, signal: timeout, log: () => {} });
  if (context.kind === "failed") return { kind: "unknown", note: context.failure.message };
  const result = await action.run(params.data, context.value);
  return result.kind === "ok" ? { kind: "yes", note: "" } : { kind: "no", note: textOfFailure(result.failure) };
}

function noteOf(result: Extract<ProbeResult, { kind: "exited" }>): string {
  const text = `${result.stdout}\n${result.stderr}`.trim();
  return text.length > 600 ? `…${text.slice(-600)}` : text || `exit ${result.exitCode}`;
}

function textOfFailure(failed: Failure): string {
  return failed.hint ? `${failed.message} (${failed.hint})` : failed.message;
}
