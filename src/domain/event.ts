import type { Effect } from "./action.ts";
import type { Address } from "./address.ts";
import type { Outcome, OutputSummary, ProcessIdentity } from "./attempt.ts";
import type { Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Actor, Answer, Prompt } from "./prompt.ts";

/** Everything that can happen to a run. The journal of these is the run's state (design: the one idea). */
export type Event =
  | RunCreated
  | OwnerAcquired
  | ContextTaken
  | ContextDiffers
  | ContextAccepted
  | PlanChanged
  | RunPaused
  | RunEnded
  | StepStarted
  | StepEnded
  | StepReopened
  | StepHalted
  | GuardChecked
  | StepFailed
  | ItemsFrozen
  | PromptOpened
  | PromptAnswered
  | PromptWithdrawn
  | AttemptReleased
  | AttemptEnded
  | CheckpointSaved
  | RetryScheduled
  | DoubtResolved
  | ServiceReady
  | ServiceEnded
  | UndoStarted;

/** The first event. `params` are redacted; the runbook's bytes lie beside the journal as `runbook.yaml`. */
export type RunCreated = {
  readonly type: "run-created";
  readonly runId: string;
  readonly runbook: string;
  readonly runbookFile: string;
  readonly runbookSha256: string;
  /** Address pattern to fingerprint, for every step of the plan (item keys appear as `*`). */
  readonly fingerprints: { readonly [pattern: string]: string };
  readonly params: JsonObject;
  readonly lab: boolean;
  readonly actor: Actor;
  readonly version: string;
};

/** A process took the run. Every later write carries its epoch (E7). */
export type OwnerAcquired = {
  readonly type: "owner-acquired";
  readonly epoch: number;
  readonly actor: Actor;
  readonly identity: ProcessIdentity;
  readonly version: string;
};

export type ContextTaken = { readonly type: "context-taken"; readonly pins: { readonly [name: string]: string } };

/** A pin reads differently now; the run stops with exit code 6 until it is accepted. */
export type ContextDiffers = {
  readonly type: "context-differs";
  readonly at: Address;
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
};

export type ContextAccepted = {
  readonly type: "context-accepted";
  readonly pins: { readonly [name: string]: string };
  readonly actor: Actor;
};

/** Resumed with another file: finished steps keep their old fingerprint unless they were accepted one by one. */
export type PlanChanged = {
  readonly type: "plan-changed";
  readonly runbookSha256: string;
  readonly fingerprints: { readonly [pattern: string]: string };
  readonly accepted: readonly string[];
  readonly params: JsonObject;
  readonly actor: Actor;
};

/** The executor left the run in order, to be resumed. */
export type RunPaused = { readonly type: "run-paused"; readonly reason: PauseReason; readonly exitCode: number };

export type PauseReason =
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "stopped"; readonly actor: Actor; readonly now: boolean }
  | { readonly kind: "until"; readonly at: Address }
  | { readonly kind: "failed"; readonly at: Address }
  | { readonly kind: "in-doubt"; readonly at: Address }
  | { readonly kind: "needs-answer"; readonly promptId: string }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "disk-full" };

/** Nothing is left to do. */
export type RunEnded = { readonly type: "run-ended"; readonly result: RunResult; readonly exitCode: number };

export type RunResult = "done" | "done-with-failed-items" | "failed" | "undone";

/** The step's turn has come and `when` held. */
export type StepStarted = { readonly type: "step-started"; readonly at: Address };

/** `outputs` are in the JSON form of `Value`, redacted. */
export type StepEnded = {
  readonly type: "step-ended";
  readonly at: Address;
  readonly result: StepResult;
  readonly outputs?: JsonObject;
};

export type StepResult =
  | {
      readonly kind: "done";
      readonly how: "attempt" | "children" | "guard" | "answer" | "probe" | "resolved";
      readonly exitCode?: number;
    }
  | { readonly kind: "skipped"; readonly why: "when" | "operator" | "rejected"; readonly reason?: string }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * A step is to be done again (retry, resume of a halted run). At a fan-out, `items` names the encoded keys that are to be
 * done again; what was done inside them stays done.
 */
export type StepReopened = {
  readonly type: "step-reopened";
  readonly at: Address;
  readonly items?: readonly string[];
  readonly actor: Actor;
};

/** The step failed for good and the run must not go on past it; running neighbours may end. */
export type StepHalted = { readonly type: "step-halted"; readonly at: Address; readonly failure: Failure };

/** The guard said that there is work to do. (A guard that says "already done" ends the step.) */
export type GuardChecked = { readonly type: "guard-checked"; readonly at: Address };

/** Something about the step failed outside of an attempt: its text could not be rendered, verify said no. */
export type StepFailed = {
  readonly type: "step-failed";
  readonly at: Address;
  readonly n: number;
  readonly failure: Failure;
};

/** The list of a fan-out, before its first item. Long lists come in several events; the last has `complete: true`. */
export type ItemsFrozen = {
  readonly type: "items-frozen";
  readonly at: Address;
  readonly from: number;
  readonly items: readonly { readonly key: string; readonly value: Json }[];
  readonly complete: boolean;
  readonly concurrency: number;
  /** More failed items than this fail the fan-out. */
  readonly maxFailures: number;
  readonly pilot: number;
};

export type PromptOpened = { readonly type: "prompt-opened"; readonly prompt: Prompt };

export type PromptAnswered = {
  readonly type: "prompt-answered";
  readonly promptId: string;
  readonly at: Address;
  readonly hash: string;
  readonly answer: Json;
  readonly actor: Actor;
};

/** The question is no longer the right one (its text changed, the run was stopped). */
export type PromptWithdrawn = {
  readonly type: "prompt-withdrawn";
  readonly promptId: string;
  readonly at: Address;
  readonly why: string;
};

/** Committed before the gate opens (E2). `identity` is absent for actions that run inside the executor. */
export type AttemptReleased = {
  readonly type: "attempt-released";
  readonly at: Address;
  readonly n: number;
  readonly attemptId: string;
  readonly effect: Effect;
  readonly identity?: ProcessIdentity;
  /** sha256 of the rendered command or parameters. */
  readonly commandSha256: string;
  readonly dir: string;
  /** Its output is for nobody's eyes: no report, prompt or log view repeats it. */
  readonly sensitive?: true;
};

export type AttemptEnded = {
  readonly type: "attempt-ended";
  readonly at: Address;
  readonly n: number;
  readonly outcome: Outcome;
  readonly output?: OutputSummary;
  /** What an action returned, in the JSON form of `Value`; it becomes part of the step's outputs. */
  readonly result?: JsonObject;
  /** Background processes that outlive the command. */
  readonly lingering?: readonly string[];
  /** The end was seen by a later executor than the one that released it. */
  readonly observedLate: boolean;
};

export type CheckpointSaved = { readonly type: "checkpoint-saved"; readonly at: Address; readonly value: Json };

/** The next try is due in `delayMs` of running time of an executor. */
export type RetryScheduled = {
  readonly type: "retry-scheduled";
  readonly at: Address;
  readonly n: number;
  readonly delayMs: number;
  /** Who could not wait; absent when the step's own rule set the delay. */
  readonly actor?: Actor;
};

/** An attempt in doubt was settled, by a probe or by a person. */
export type DoubtResolved = {
  readonly type: "doubt-resolved";
  readonly at: Address;
  readonly n: number;
  readonly as: "done" | "not-done" | "rerun";
  readonly by: "probe" | "idempotent" | "operator";
  readonly reason: string;
  readonly actor: Actor;
};

export type ServiceReady = { readonly type: "service-ready"; readonly at: Address; readonly n: number };

export type ServiceEnded = {
  readonly type: "service-ended";
  readonly at: Address;
  readonly n: number;
  /** `false`: it ended by itself while it was needed. */
  readonly wanted: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
};

/** Compensation began; `steps` lists what will be undone, last done first. */
export type UndoStarted = { readonly type: "undo-started"; readonly steps: readonly Address[]; readonly actor: Actor };

/** An event as it stands in the journal. `seq` counts from 1 without gaps. `wallMs` is for display only. */
export type RecordedEvent = Event & {
  readonly seq: number;
  readonly wallMs: number;
  readonly epoch: number;
};

/** The answer of a `prompt-answered` event; the recorder has redacted its secrets. */
export function answerOf(event: PromptAnswered): Answer {
  return event.answer as unknown as Answer;
}
