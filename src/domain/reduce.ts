import { lastSegment, parentOf, ROOT } from "./address.ts";
import type { AttemptEnded, AttemptReleased, DoubtResolved, RecordedEvent, StepEnded, StepReopened } from "./event.ts";
import { answerOf, type PromptAnswered } from "./event.ts";
import {
  count,
  enclosingItem,
  forgetItem,
  freezeItems,
  holdsFailedItems,
  itemEnded,
  itemKept,
  itemStarted,
  reopenItems,
  startAnew,
  unend,
} from "./reduce-items.ts";
import { emptyState, newStep, type Phase, type RunState, type StepState } from "./state.ts";
import { type ValueMap, valueFromJson } from "./value.ts";

/** Folds a whole journal. */
export function fold(events: Iterable<RecordedEvent>): RunState {
  const state = emptyState();
  for (const event of events) reduce(state, event);
  return state;
}

/**
 * Applies one event, in place, and returns the same state (E3: nothing else changes it). The cost does not depend on the
 * size of the run. Events of an unknown type are a bug of ours: journals newer than the program are refused on opening.
 */
export function reduce(state: RunState, event: RecordedEvent): RunState {
  state.seq = event.seq;
  state.lastMs = event.wallMs;
  switch (event.type) {
    case "run-created":
      state.created = event;
      state.createdMs = event.wallMs;
      state.params = valueFromJson(event.params) as ValueMap;
      state.fingerprints = event.fingerprints;
      state.runbookSha256 = event.runbookSha256;
      return state;
    case "owner-acquired":
      state.owner = event;
      state.status = { kind: "running" };
      state.pinConflict = undefined;
      // A guard's answer is only as fresh as the executor that asked.
      for (const at of state.open) {
        const step = stepOf(state, at, event);
        step.guarded = false;
        // Time without an executor does not count: the delay before the next try begins anew.
        if (step.phase.kind === "waiting") step.phase = { ...step.phase, sinceMs: event.wallMs };
      }
      return state;
    case "context-taken":
    case "context-accepted":
      state.pins = event.pins;
      state.pinConflict = undefined;
      return state;
    case "context-differs":
      state.pinConflict = event;
      return state;
    case "plan-changed":
      state.fingerprints = event.fingerprints;
      state.runbookSha256 = event.runbookSha256;
      state.params = valueFromJson(event.params) as ValueMap;
      state.generation++;
      return state;
    case "run-paused":
      state.status = { kind: "paused", reason: event.reason, exitCode: event.exitCode };
      return state;
    case "run-ended":
      state.status = { kind: "ended", result: event.result, exitCode: event.exitCode };
      state.ended = true;
      return state;
    case "step-started":
      stepOf(state, event.at, event);
      return state;
    case "step-ended":
      return endStep(state, event);
    case "step-reopened":
      return reopenStep(state, event);
    case "step-halted":
      stepOf(state, event.at, event).phase = { kind: "halted", failure: event.failure };
      state.halted.add(event.at);
      return state;
    case "guard-checked":
      stepOf(state, event.at, event).guarded = true;
      return state;
    case "step-failed": {
      const step = stepOf(state, event.at, event);
      step.phase = { kind: "failed", n: event.n, failure: event.failure, exitCode: step.exitCode };
      return state;
    }
    case "items-frozen":
      freezeItems(stepOf(state, event.at, event), event);
      return state;
    case "prompt-opened": {
      const step = stepOf(state, event.prompt.at, event);
      step.prompts++;
      step.phase = {
        kind: "asking",
        promptId: event.prompt.id,
        purpose: event.prompt.purpose,
        after: withoutAsking(step.phase),
      };
      state.prompts.set(event.prompt.id, { prompt: event.prompt, openedMs: event.wallMs });
      return state;
    }
    case "prompt-answered":
      return answerPrompt(state, event);
    case "prompt-withdrawn": {
      state.prompts.delete(event.promptId);
      const step = stepOf(state, event.at, event);
      step.phase = withoutAsking(step.phase);
      step.approved = undefined;
      return state;
    }
    case "attempt-released":
      return releaseAttempt(state, event);
    case "attempt-ended":
      return endAttempt(state, event);
    case "checkpoint-saved":
      stepOf(state, event.at, event).checkpoint = event.value;
      return state;
    case "retry-scheduled": {
      const step = stepOf(state, event.at, event);
      const { phase } = step;
      const known = phase.kind === "failed" || phase.kind === "waiting" ? phase.failure : undefined;
      const failed = known ? { failure: known } : {};
      step.phase = { kind: "waiting", n: event.n, delayMs: event.delayMs, sinceMs: event.wallMs, ...failed };
      return state;
    }
    case "doubt-resolved":
      return resolveDoubt(state, event);
    case "service-ready": {
      const step = stepOf(state, event.at, event);
      if (step.last) state.services.set(event.at, { at: event.at, n: event.n, last: step.last });
      return state;
    }
    case "service-ended":
      state.services.delete(event.at);
      return state;
    case "undo-started":
      state.undo = event.steps;
      // What stopped the run on its way forward does not stop the way back.
      state.halted.clear();
      state.ended = false;
      state.generation++;
      return state;
  }
}

/** The step's state, begun now if this is its first event. */
function stepOf(state: RunState, at: string, event: RecordedEvent): StepState {
  const parent = parentOf(at);
  const fan = state.steps.get(parent)?.fan;
  if (fan) itemStarted(fan, lastSegment(at));
  const known = state.steps.get(at);
  if (known) return known;
  const step = newStep(at, event.wallMs);
  state.steps.set(at, step);
  state.open.add(at);
  if (!fan) state.inside.get(enclosingItem(state, parent))?.push(at);
  else state.inside.set(at, []);
  return step;
}

function endStep(state: RunState, event: StepEnded & RecordedEvent): RunState {
  const step = stepOf(state, event.at, event);
  step.phase = { kind: "ended", result: event.result };
  step.endedMs = event.wallMs;
  if (event.outputs) step.outputs = valueFromJson(event.outputs) as ValueMap;
  state.open.delete(event.at);
  state.halted.delete(event.at);
  count(state, event.at, event.result, 1);
  if (event.result.kind === "done" && step.last && step.last.effect !== "read") state.doneOrder.push(event.at);
  const fan = state.steps.get(parentOf(event.at))?.fan;
  if (fan) {
    itemEnded(fan, lastSegment(event.at), event.result, step.outputs);
    // What is inside a finished item is never asked for again, unless a fan-out in it passed over a failed item of its
    // own, which `retry` does again. Keeping all of it would cost memory per item.
    if (holdsFailedItems(state, event.at)) itemKept(fan, lastSegment(event.at));
    else if (event.result.kind !== "failed") forgetItem(state, event.at);
  }
  return state;
}

function reopenStep(state: RunState, event: StepReopened & RecordedEvent): RunState {
  state.generation++;
  state.ended = false;
  const step = stepOf(state, event.at, event);
  if (event.items && step.fan) {
    reopenItems(state, step, event.items);
    unend(state, step);
  } else {
    startAnew(state, step);
    step.approved = undefined;
    step.cleared = true;
  }
  for (let at = parentOf(event.at); at !== ROOT; at = parentOf(at)) {
    const above = state.steps.get(at);
    const parent = state.steps.get(parentOf(at));
    if (parent?.fan) {
      reopenItems(state, parent, [lastSegment(at)]);
      itemStarted(parent.fan, lastSegment(at));
    }
    if (above && (above.phase.kind === "ended" || above.phase.kind === "halted")) {
      unend(state, above);
    }
  }
  return state;
}

function answerPrompt(state: RunState, event: PromptAnswered & RecordedEvent): RunState {
  const open = state.prompts.get(event.promptId);
  state.prompts.delete(event.promptId);
  const step = stepOf(state, event.at, event);
  const before = withoutAsking(step.phase);
  const answer = answerOf(event);
  const purpose = open?.prompt.purpose ?? "confirm";
  step.phase = before;
  if (answer.kind === "approve") {
    step.approved = { hash: event.hash, purpose };
  } else if (answer.kind === "choose" && answer.choice === "go-on") {
    if (purpose === "pilot" && step.fan) step.fan.pilotPassed = true;
    else step.cleared = true;
  } else if (answer.kind === "choose" && answer.choice === "retry") {
    // The operator's retry starts a new budget.
    step.tries = 0;
    step.phase = { kind: "waiting", n: step.attempts, delayMs: 0 };
    // A group or a fan-out has no attempts of its own: it looks at its children again.
    if (before.kind === "failed" && step.attempts === 0) step.phase = { kind: "started" };
    if (step.fan) {
      step.phase = { kind: "started" };
      reopenItems(state, step, "failed");
    }
  } else if (answer.kind !== "choose" || answer.choice !== "stop" || purpose === "failure") {
    // Otherwise it is "decide later": the question comes again when the run is resumed.
    step.phase = { kind: "answered", purpose, answer, before };
  }
  return state;
}

function releaseAttempt(state: RunState, event: AttemptReleased & RecordedEvent): RunState {
  const step = stepOf(state, event.at, event);
  step.attempts = event.n;
  step.tries++;
  step.last = {
    n: event.n,
    attemptId: event.attemptId,
    dir: event.dir,
    identity: event.identity,
    effect: event.effect,
    releasedMs: event.wallMs,
    ...(event.sensitive ? { sensitive: true } : {}),
  };
  step.phase = { kind: "released", n: event.n };
  return state;
}

function endAttempt(state: RunState, event: AttemptEnded & RecordedEvent): RunState {
  const step = stepOf(state, event.at, event);
  const { outcome, n } = event;
  switch (outcome.kind) {
    case "ok":
      if (event.result) step.outputs = valueFromJson(event.result) as ValueMap;
      step.exitCode = outcome.exitCode;
      step.phase = { kind: "succeeded", n, exitCode: outcome.exitCode };
      return state;
    case "failed":
      step.exitCode = outcome.exitCode;
      step.phase = { kind: "failed", n, failure: outcome.failure, exitCode: outcome.exitCode };
      return state;
    case "cancelled":
      step.phase = { kind: "in-doubt", n, evidence: [`ended by us: ${outcome.reason}`], interrupted: true };
      return state;
    case "in-doubt":
      step.phase = { kind: "in-doubt", n, evidence: outcome.evidence, interrupted: event.observedLate };
      return state;
    case "not-started":
      step.tries--;
      step.phase = { kind: "started" };
      return state;
  }
}

function resolveDoubt(state: RunState, event: DoubtResolved & RecordedEvent): RunState {
  const step = stepOf(state, event.at, event);
  for (const [id, open] of state.prompts) {
    if (open.prompt.at === event.at && open.prompt.purpose === "doubt") state.prompts.delete(id);
  }
  // `done` is followed by a step-ended of the same transaction; the others open the step for another attempt.
  step.phase =
    event.as === "done"
      ? { kind: "succeeded", n: event.n, exitCode: undefined }
      : { kind: "waiting", n: event.n, delayMs: 0 };
  if (event.as !== "done") step.tries = Math.max(0, step.tries - 1);
  return state;
}

function withoutAsking(phase: Phase): Phase {
  return phase.kind === "asking" ? phase.after : phase;
}
