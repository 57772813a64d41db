import type { Address } from "../domain/address.ts";
import type { PauseReason, RunResult } from "../domain/event.ts";
import type { Failure } from "../domain/failure.ts";
import type { RunOutcome } from "../domain/ports.ts";
import { answerCommand } from "../domain/prompt.ts";
import type { RunState, StepState } from "../domain/state.ts";
import { failureOf } from "./prompts.ts";
import type { Run } from "./run.ts";

/** The last event of this executor and what to tell the operator: exit code, one sentence, the next command to type. */
export async function endOrPause(
  run: Run,
  { complete, refused }: { complete: boolean; refused?: Failure },
): Promise<RunOutcome> {
  const outcome = refused ? await pause(run, { kind: "refused", failure: refused }, 6) : await conclude(run, complete);
  for (const frontEnd of run.frontEnds) await frontEnd.close(outcome);
  return outcome;
}

async function conclude(run: Run, complete: boolean): Promise<RunOutcome> {
  if (complete) return end(run);
  const { request } = run.control;
  if (request) return pause(run, request.reason, request.exitCode);
  const asked = firstWhere(run, (step) => step.phase.kind === "asking" && kindBehindQuestion(step) === "in-doubt");
  if (asked !== undefined) return pause(run, { kind: "in-doubt", at: asked }, 4);
  const [halted] = run.state.halted;
  if (halted !== undefined) return pause(run, { kind: "failed", at: halted }, 1);
  // Without a question beside a failure, the next executor may settle it by itself.
  const doubt = firstWhere(run, (step) => kindBehindQuestion(step) === "in-doubt");
  if (doubt !== undefined) return pause(run, { kind: "in-doubt", at: doubt }, 4);
  const failed = firstWhere(run, (step) => kindBehindQuestion(step) === "failed" || isOverBudget(step));
  if (failed !== undefined) return pause(run, { kind: "failed", at: failed }, 1);
  const [promptId] = run.state.prompts.keys();
  if (promptId !== undefined) return pause(run, { kind: "needs-answer", promptId }, 5);
  throw new Error("the run can neither go on nor say why");
}

async function end(run: Run): Promise<RunOutcome> {
  const { steps, items } = run.state.totals;
  const result: RunResult = run.state.undo
    ? "undone"
    : steps.failed > 0
      ? "failed"
      : items.failed > 0
        ? "done-with-failed-items"
        : "done";
  const exitCode = result === "failed" ? 1 : result === "done-with-failed-items" ? 3 : 0;
  await run.record([{ type: "run-ended", result, exitCode }]);
  return endedOutcome(run.state, { result, exitCode });
}

/** What is said of a run that has ended, also by those who read only its record. */
export function endedOutcome(
  state: RunState,
  { result, exitCode }: { readonly result: RunResult; readonly exitCode: number },
): RunOutcome {
  const { steps, items } = state.totals;
  const id = state.created?.runId ?? "";
  const counts = `${steps.done} steps done, ${steps.skipped} skipped${steps.failed ? `, ${steps.failed} failed` : ""}`;
  const ofItems =
    items.done + items.failed > 0 ? `; ${items.done} items done${items.failed ? `, ${items.failed} failed` : ""}` : "";
  const next = exitCode === 0 ? [`runsheet report ${id}`] : [`runsheet retry ${id} --failed`, `runsheet status ${id}`];
  return { exitCode, summary: `${result.replaceAll("-", " ")}: ${counts}${ofItems}`, next };
}

async function pause(run: Run, reason: PauseReason, exitCode: number): Promise<RunOutcome> {
  await run.record([{ type: "run-paused", reason, exitCode }]);
  return describePause(run, reason, exitCode);
}

function describePause(run: Run, reason: PauseReason, exitCode: number): RunOutcome {
  const id = run.state.created?.runId ?? "";
  const resume = `runsheet resume ${id}`;
  const running = stillRunning(run);
  switch (reason.kind) {
    case "in-doubt":
      return {
        exitCode,
        summary: `in doubt: ${reason.at} was started and nobody can know how it ended${evidenceOf(run, reason.at)}`,
        next: [
          `runsheet resolve ${id} ${reason.at} --as done|not-done|rerun --reason "..."`,
          `runsheet logs ${id} --step ${reason.at}`,
          resume,
        ],
      };
    case "failed": {
      const failed = failureOf(run.state.steps.get(reason.at));
      return {
        exitCode,
        summary: `failed: ${reason.at}: ${failed?.message ?? "failed"}${failed?.hint ? ` (${failed.hint})` : ""}`,
        next: [`runsheet logs ${id} --step ${reason.at}`, resume],
        ...(failed ? { failure: failed } : {}),
      };
    }
    case "needs-answer": {
      const prompt = run.state.prompts.get(reason.promptId)?.prompt;
      return {
        exitCode,
        summary: `waits for an answer: ${prompt?.title ?? reason.promptId}`,
        next: prompt ? [answerCommand(id, prompt.at, prompt.expects), resume] : [resume],
      };
    }
    case "refused":
      return {
        exitCode,
        summary: reason.failure.message,
        next: hintAsNext(reason.failure, resume),
        failure: reason.failure,
      };
    case "until":
      return { exitCode, summary: `paused after ${reason.at}, as asked`, next: [resume] };
    case "disk-full":
      return { exitCode, summary: "paused: disk full", next: [resume] };
    case "signal":
    case "stopped":
      return {
        exitCode,
        summary: `stopped${reason.kind === "signal" ? ` by ${reason.signal}` : ""}; nothing is lost${running}`,
        next: [resume],
      };
  }
}

function hintAsNext(failed: Failure, resume: string): readonly string[] {
  const command = failed.hint?.match(/runsheet .*/)?.[0];
  return command ? [command] : [resume];
}

function evidenceOf(run: Run, at: Address): string {
  const step = run.state.steps.get(at);
  const phase = step?.phase.kind === "asking" ? step.phase.after : step?.phase;
  return phase?.kind === "in-doubt" && phase.evidence.length > 0 ? ` (${phase.evidence.join("; ")})` : "";
}

function stillRunning(run: Run): string {
  const released = [...run.state.open].filter((at) => run.state.steps.get(at)?.phase.kind === "released");
  const names = [...released, ...run.services.keys()];
  return names.length > 0 ? `; still running and found again at resume: ${names.join(", ")}` : "";
}

function firstWhere(run: Run, holds: (step: StepState) => boolean): Address | undefined {
  for (const at of run.state.open) {
    const step = run.state.steps.get(at);
    if (step && holds(step)) return at;
  }
  return undefined;
}

function kindBehindQuestion(step: StepState): string {
  return step.phase.kind === "asking" ? step.phase.after.kind : step.phase.kind;
}

function isOverBudget(step: StepState): boolean {
  return step.fan !== undefined && step.fan.counts.failed > step.fan.maxFailures;
}
