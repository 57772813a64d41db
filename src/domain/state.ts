import type { Effect } from "./action.ts";
import type { Address } from "./address.ts";
import type { ProcessIdentity } from "./attempt.ts";
import type { ContextDiffers, OwnerAcquired, PauseReason, RunCreated, RunResult, StepResult } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Answer, Prompt, PromptPurpose } from "./prompt.ts";
import type { Value, ValueMap } from "./value.ts";

/**
 * The state of a run: the fold of its events, and nothing else. Only `reduce` changes it (E3), in place, so that one event
 * costs the same in a run of 100,000 items as in a run of ten; everybody else reads.
 */
export type RunState = {
  /** Sequence number of the last event applied; 0 before the first. */
  seq: number;
  created: RunCreated | undefined;
  createdMs: number;
  owner: OwnerAcquired | undefined;
  lastMs: number;
  status: RunStatus;
  /** Everything had ended; taken back when something is opened again. */
  ended: boolean;
  params: ValueMap;
  fingerprints: { [pattern: string]: string };
  /** Of the runbook that the run goes on with: its first one, or the last accepted change. */
  runbookSha256: string;
  pins: { readonly [name: string]: string } | undefined;
  pinConflict: ContextDiffers | undefined;
  /** Every step instance that was ever begun, except those inside items that are done and hold nothing failed. */
  steps: Map<Address, StepState>;
  /** Begun and not ended. */
  open: Set<Address>;
  /** Failed for good, with the run standing in front of them. */
  halted: Set<Address>;
  prompts: Map<string, OpenPrompt>;
  services: Map<Address, ServiceState>;
  /** Steps that are done and have effects, in order of completion; what `undo` goes back through. */
  doneOrder: Address[];
  undo: readonly Address[] | undefined;
  /** Ended steps outside of fan-outs, and ended items, by result: for exit codes and summaries. */
  totals: { readonly steps: Tally; readonly items: Tally };
  /** Which step states were begun inside which unfinished or failed item. */
  inside: Map<Address, Address[]>;
  /** Counts `step-reopened` and `plan-changed`: whoever caches positions must look again when it moves. */
  generation: number;
};

export type RunStatus =
  | { kind: "new" }
  | { kind: "running" }
  | { kind: "paused"; reason: PauseReason; exitCode: number }
  | { kind: "ended"; result: RunResult; exitCode: number };

export type StepState = {
  readonly at: Address;
  phase: Phase;
  /** Attempts released over the life of the run; the next one is `attempts + 1`. */
  attempts: number;
  /** Attempts that count against the retry budget since the step was last opened. */
  tries: number;
  last: LastAttempt | undefined;
  checkpoint: Json | undefined;
  outputs: ValueMap | undefined;
  exitCode: number | undefined;
  /** Prompts opened so far; makes prompt ids unique. */
  prompts: number;
  /** The hash of the confirmation that was approved; bound to the text that was shown (E6). */
  approved: { readonly hash: string; readonly purpose: PromptPurpose } | undefined;
  guarded: boolean;
  /** `--step` was answered with go on. */
  cleared: boolean;
  startedMs: number;
  endedMs: number | undefined;
  fan: FanOutState | undefined;
};

export type LastAttempt = {
  readonly n: number;
  readonly attemptId: string;
  readonly dir: string;
  readonly identity: ProcessIdentity | undefined;
  readonly effect: Effect;
  readonly releasedMs: number;
  readonly sensitive?: true;
};

export type Phase =
  | { readonly kind: "started" }
  | { readonly kind: "asking"; readonly promptId: string; readonly purpose: PromptPurpose; readonly after: Phase }
  /** A question was answered and the answer is still to be acted on; `before` is the phase that raised the question. */
  | { readonly kind: "answered"; readonly purpose: PromptPurpose; readonly answer: Answer; readonly before: Phase }
  | { readonly kind: "released"; readonly n: number }
  | { readonly kind: "succeeded"; readonly n: number; readonly exitCode: number | undefined }
  | { readonly kind: "failed"; readonly n: number; readonly failure: Failure; readonly exitCode: number | undefined }
  /** `retry` chosen or due: another attempt after `delayMs`. */
  | {
      readonly kind: "waiting";
      readonly n: number;
      readonly delayMs: number;
      /** When the delay began, and what is tried again; absent when nothing failed or nobody waits. */
      readonly sinceMs?: number;
      readonly failure?: Failure;
    }
  | {
      readonly kind: "in-doubt";
      readonly n: number;
      readonly evidence: readonly string[];
      /** Nobody saw it end, or we ended it. Otherwise it died while we looked on, and would again. */
      readonly interrupted: boolean;
    }
  | { readonly kind: "halted"; readonly failure: Failure }
  | { readonly kind: "ended"; readonly result: StepResult };

export type OpenPrompt = { readonly prompt: Prompt; readonly openedMs: number };

export type ServiceState = { readonly at: Address; readonly n: number; readonly last: LastAttempt };

/** One byte per item. */
export const ITEM = { waiting: 0, active: 1, done: 2, failed: 3, skipped: 4 } as const;

export type FanOutState = {
  keys: string[];
  /** Encoded keys to positions. */
  positions: Map<string, number>;
  values: Value[];
  status: Uint8Array;
  complete: boolean;
  concurrency: number;
  maxFailures: number;
  pilot: number;
  /** The rest after the pilot was approved. */
  pilotPassed: boolean;
  /** No item before this position is waiting, except those in `again`. */
  next: number;
  /** Positions to be done again. */
  again: Set<number>;
  active: Set<number>;
  failures: Map<number, Failure>;
  /** Items that are done but hold failed items of a fan-out inside them. */
  kept: Set<number>;
  outputs: Map<number, ValueMap>;
  counts: Tally;
};

export type Tally = { done: number; skipped: number; failed: number };

export function emptyState(): RunState {
  return {
    seq: 0,
    created: undefined,
    createdMs: 0,
    owner: undefined,
    lastMs: 0,
    status: { kind: "new" },
    ended: false,
    params: {},
    fingerprints: {},
    runbookSha256: "",
    pins: undefined,
    pinConflict: undefined,
    steps: new Map(),
    open: new Set(),
    halted: new Set(),
    prompts: new Map(),
    services: new Map(),
    doneOrder: [],
    undo: undefined,
    totals: { steps: { done: 0, skipped: 0, failed: 0 }, items: { done: 0, skipped: 0, failed: 0 } },
    inside: new Map(),
    generation: 0,
  };
}

/** A step as it is before its first event. */
export function newStep(at: Address, nowMs: number): StepState {
  return {
    at,
    phase: { kind: "started" },
    attempts: 0,
    tries: 0,
    last: undefined,
    checkpoint: undefined,
    outputs: undefined,
    exitCode: undefined,
    prompts: 0,
    approved: undefined,
    guarded: false,
    cleared: false,
    startedMs: nowMs,
    endedMs: undefined,
    fan: undefined,
  };
}
