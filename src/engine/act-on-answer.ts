import type { Event } from "../domain/event.ts";
import { failure } from "../domain/failure.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Move } from "../domain/next-moves.ts";
import type { PlanNode } from "../domain/plan.ts";
import type { Phase, StepState } from "../domain/state.ts";
import { valueFromJson, valueToJson } from "../domain/value.ts";
import { outputsOf } from "./outputs.ts";
import { failureOf } from "./prompts.ts";
import type { Run } from "./run.ts";

type Answered = Extract<Phase, { kind: "answered" }>;

/** An answer is in the journal; now what it says is done. Works the same for answers given while no executor ran. */
export async function actOnAnswer(run: Run, { at, node }: Extract<Move, { kind: "act-on-answer" }>): Promise<void> {
  const step = run.state.steps.get(at) as StepState;
  const phase = step.phase as Answered;
  return run.record(await eventsFor(run, at, node, step, phase));
}

async function eventsFor(run: Run, at: string, node: PlanNode, step: StepState, phase: Answered): Promise<Event[]> {
  const { answer } = phase;
  switch (answer.kind) {
    case "approve":
      throw new Error(`approval of ${at} has nothing to act on`);
    case "reject": {
      const reason = answer.reason ? { reason: answer.reason } : {};
      if (node.step.onFailure === "continue") {
        return [{ type: "step-ended", at, result: { kind: "skipped", why: "rejected", ...reason } }];
      }
      return [{ type: "step-halted", at, failure: declined(run, at, answer.reason) }];
    }
    case "value": {
      const value = valueFromJson(answer.value as Json);
      const outputs = await outputsOf(run, at, node, { value }, { result: value });
      if (outputs.kind === "failed") return [{ type: "step-halted", at, failure: outputs.failure }];
      return [{ type: "step-ended", at, result: { kind: "done", how: "answer" }, outputs: outputs.value }];
    }
    case "manual": {
      const note: JsonObject = answer.note ? { note: valueToJson(answer.note) } : {};
      if (answer.done) return [{ type: "step-ended", at, result: { kind: "done", how: "answer" }, outputs: note }];
      const failed = failure("manual-failed", `${at} was reported as failed${answer.note ? `: ${answer.note}` : ""}`, {
        retryable: false,
      });
      return [{ type: "step-failed", at, n: step.attempts, failure: failed }];
    }
    case "choose":
      return chosen(run, at, step, phase, answer);
  }
}

function chosen(
  run: Run,
  at: string,
  step: StepState,
  phase: Answered,
  answer: Extract<Answered["answer"], { kind: "choose" }>,
): Event[] {
  const reason = answer.reason ?? "";
  switch (answer.choice) {
    case "skip":
      return [{ type: "step-ended", at, result: { kind: "skipped", why: "operator", reason } }];
    case "stop": {
      const before: StepState = { ...step, phase: phase.before };
      return [{ type: "step-halted", at, failure: failureOf(before) ?? declined(run, at, answer.reason) }];
    }
    case "done":
    case "not-done":
    case "rerun": {
      const n = step.attempts;
      const settled: Event = {
        type: "doubt-resolved",
        at,
        n,
        as: answer.choice,
        by: "operator",
        reason,
        actor: run.actor,
      };
      if (answer.choice !== "done") return [settled];
      return [settled, { type: "step-ended", at, result: { kind: "done", how: "resolved" } }];
    }
    case "retry":
    case "go-on":
      throw new Error(`"${answer.choice}" of ${at} is acted on by the fold`);
  }
}

function declined(run: Run, at: string, reason: string | undefined): ReturnType<typeof failure> {
  return failure("declined", `${at} was declined${reason ? `: ${reason}` : ""}`, {
    hint: `to be asked again: runsheet resume ${run.state.created?.runId}`,
    retryable: false,
  });
}
