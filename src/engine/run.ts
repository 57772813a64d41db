import type { Action } from "../domain/action.ts";
import type { Address } from "../domain/address.ts";

import type { Event, PauseReason } from "../domain/event.ts";
import type { Expressions } from "../domain/expressions.ts";
import type { Cursors } from "../domain/next-moves.ts";
import type { Plan } from "../domain/plan.ts";
import type { Clock, Files, FrontEnd, Journal, Live, Processes, RunningAttempt } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";
import type { RunReply, RunRequest } from "../domain/run-request.ts";
import type { ParamSpec } from "../domain/runbook.ts";
import type { RunState } from "../domain/state.ts";
import type { Value } from "../domain/value.ts";

/** Everything the engine needs of the world. The same for a fresh run, a resumed one and the seeded simulation. */
export type EngineDeps = {
  readonly plan: Plan;
  /** The fold of the journal so far; the engine goes on folding into it. */
  readonly state: RunState;
  readonly journal: Journal;
  readonly processes: Processes;
  readonly files: Files;
  readonly expressions: Expressions;
  readonly clock: Clock;
  readonly frontEnds: readonly FrontEnd[];
  readonly control: Control;
  actionOf(kind: string): Action | undefined;
  /** Declared secrets by name. Values leave the engine only into environments of children and `ctx.secret`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Masks every secret in a text; applied to whatever is journaled or shown (E8). */
  mask(text: string): string;
  /** Why a value does not satisfy a parameter specification, for `input` steps. */
  valueProblem(spec: ParamSpec, value: Value): string | undefined;
  /** Absolute directory of the run. */
  readonly runDir: string;
  readonly actor: Actor;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly options: EngineOptions;
  /** Uniform in [0, 1): jitter. */
  random(): number;
  /** A new unique attempt id. */
  newId(): string;
};

export type EngineOptions = {
  readonly stepMode: boolean;
  /** Pause once this step has ended. */
  readonly until?: Address;
  /** Time between TERM and KILL when attempts are ended. */
  readonly graceMs: number;
  /** The operator accepts that context pins read differently now. */
  readonly acceptContext: boolean;
};

/**
 * How a stop is asked for. `after-step` lets what runs come to its end, `now` ends it (TERM, KILL after the grace), `leave`
 * exits at once and lets commands run on, to be adopted at resume. A later request can only be more urgent.
 */
export type StopKind = "after-step" | "now" | "leave";

export type StopRequest = { readonly kind: StopKind; readonly reason: PauseReason; readonly exitCode: number };

export type Control = {
  readonly request: StopRequest | undefined;
  stop(request: StopRequest): void;
  /** Called at each accepted request. */
  onStop(listener: (request: StopRequest) => void): void;
  /** What screens ask of the run beside that; there while it is being carried on. */
  readonly desk: { serve?: (request: RunRequest, actor: Actor) => Promise<RunReply> };
};

/** One execution in this process: dependencies plus what is in flight. Nothing here survives it (see `domain/state`). */
export type Run = EngineDeps & {
  readonly cursors: Cursors;
  readonly inFlight: Map<Address, InFlight>;
  /** Running services by address. */
  readonly services: Map<Address, RunningAttempt>;
  /** Prompts that nobody here can answer. */
  readonly unanswered: Set<string>;
  /** Confirmations given to this process; older ones are compared with the text as it reads now. */
  readonly approvedHere: Set<Address>;
  /** Delays before another try, by address; aborting one ends it. */
  readonly delays: Map<Address, AbortController>;
  /** Aborted when the run stops in any way: sleeps, polls and questions end. */
  readonly stopping: AbortController;
  /** Appends durably, applies, then tells the front ends, in journal order (E1, E3). */
  record(events: readonly Event[]): Promise<void>;
  live(news: Live): void;
  /** Lets the loop look for next moves. */
  wake(): void;
};

/** Something the loop has started and that has not come back. */
export type InFlight = {
  /** Ends the work of this move as the request says. */
  stop(request: StopRequest): void;
};
