import type { z } from "zod";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";

/** What a step does to the world. `read` may be repeated freely; `destroy` always asks. */
export type Effect = "read" | "mutate" | "destroy";

/** Size of the work and how much of it is done, e.g. `{ done: 12, total: 40, unit: "objects", note: "cache/17" }`. */
export type Progress = {
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
  readonly note?: string;
};

/** What an action would do, for `plan`. `native` = asked the real system without changing it; `described` = words only. */
export type Preview = {
  readonly grade: "native" | "described";
  readonly lines: readonly string[];
};

/** Did an earlier attempt finish? `done` settles it as ok, `not-done` allows a new attempt, `unknown` asks a person. */
export type CheckVerdict<O> =
  | { readonly kind: "done"; readonly outputs: O }
  | { readonly kind: "not-done"; readonly note?: string }
  | { readonly kind: "unknown"; readonly note: string };

export type ActionResult<O> =
  | { readonly kind: "ok"; readonly outputs: O }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What an action may use of its surroundings. Nothing else of the program is visible to it. */
export type ActionContext = {
  /** Aborted on timeout, stop and shutdown; the action must end soon after and leave nothing half-named. */
  readonly signal: AbortSignal;
  /** Stable per attempt, unique for ever: the idempotency key towards remote systems. */
  readonly attemptId: string;
  /** Stable per step and item over all attempts of a run. */
  readonly stepKey: string;
  /** Relative paths in params are relative to this directory (the runbook's, unless the step has `cwd`). */
  readonly cwd: string;
  /** A private directory of this step and item, kept between attempts, removed with the run. Created on demand. */
  readonly scratchDir: string;
  /** Declared environment of the step; actions read no other environment, except SDK credential chains. */
  readonly env: { readonly [name: string]: string | undefined };
  /** Shown to people, coalesced, not journaled. Call it as often as you like. */
  progress(progress: Progress): void;
  /** One line of the attempt's log (secrets are masked on the way). */
  log(line: string): void;
  /** Resolves when `value` is durable. The next attempt of this step finds it as `lastCheckpoint`. */
  checkpoint(value: Json): Promise<void>;
  readonly lastCheckpoint: Json | undefined;
  /** The value of a secret declared in the runbook. Throws when the name is not declared. */
  secret(name: string): string;
};

export type PreviewContext = Pick<ActionContext, "signal" | "cwd" | "env" | "secret">;

/**
 * A built-in or plugged-in step kind, used as `uses: <kind>` with `with: <params>`.
 *
 * Expected failures are returned, never thrown; a throw is reported as a failed attempt with the stack, as a bug of the
 * action. An in-process action dies with the executor: `check` tells a later executor whether the work was finished
 * (by asking the remote side), and `repeatable` says that running again after an interruption is harmless because the
 * action itself skips what is done.
 */
export type Action<P = unknown, O = unknown> = {
  /** `<family>.<verb>`, e.g. `s3.copy`. */
  readonly kind: string;
  readonly title: string;
  /** A few sentences for the reference documentation: promise, recovery after interruption, failures. */
  readonly description: string;
  readonly params: z.ZodType<P>;
  readonly outputs: z.ZodType<O>;
  readonly effect: Effect;
  readonly repeatable: boolean;
  /** Changes nothing in the world. */
  preview(params: P, context: PreviewContext): Promise<Preview>;
  check?(params: P, context: ActionContext): Promise<CheckVerdict<O>>;
  run(params: P, context: ActionContext): Promise<ActionResult<O>>;
};

/** Keeps the types of params and outputs together while the registry holds actions of all kinds. */
export function defineAction<P, O>(action: Action<P, O>): Action {
  return action as unknown as Action;
}
