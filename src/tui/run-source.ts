import type { Progress } from "../domain/action.ts";
import type { Address } from "../domain/address.ts";
import type { Plan } from "../domain/plan.ts";
import type { RunOutcome } from "../domain/ports.ts";
import type { Answer, Prompt } from "../domain/prompt.ts";
import type { RunReply, RunRequest } from "../domain/run-request.ts";
import type { ParamSpec } from "../domain/runbook.ts";
import type { RunState } from "../domain/state.ts";
import type { Value } from "../domain/value.ts";

export type StopKind = "after-step" | "now" | "leave";

/** The run as the screen sees it. Who opens a screen implements it; the screen knows neither sockets nor journals. */
export interface RunSource {
  readonly runId: string;
  readonly plan: Plan;
  /** Changes in place; `subscribe` tells when. */
  readonly state: RunState;
  /** Nothing can be answered or stopped from here. */
  readonly readOnly: boolean;
  subscribe(listener: () => void): () => void;
  progressOf(at: Address): Progress | undefined;
  /** Why it was not taken, or `undefined` when it was. */
  answer(prompt: Prompt, answer: Answer): Promise<string | undefined>;
  stop(kind: StopKind): Promise<string | undefined>;
  /** Resolves when the executor has ended. The screen may be left before. */
  readonly ended: Promise<RunOutcome>;
  /** Reads what the operator typed as a value of a parameter. */
  readValue(spec: ParamSpec, text: string): ReadValue;
  /** The file with the output of an attempt, from the attempt's `dir`. */
  logPath(dir: string, stream?: "out" | "err"): string;
  /** What is asked of the executor beside answers. Without it nobody can be asked. */
  request?(request: RunRequest): Promise<RunReply>;
  /**
   * Stops the run where it stands and goes on with other parameters, by name as text. Why it was not done, or `undefined`; the
   * source then shows the same run under its next executor.
   */
  retryWith?(changes: { readonly [name: string]: string }): Promise<string | undefined>;
  /** The run's parameters as texts that read back as the same values. */
  paramTexts?(): readonly (readonly [name: string, text: string])[];
  /** How long the step took in earlier runs of this runbook, in the middle. */
  estimateMs?(at: Address): number | undefined;
  /** The newest attempt's `dir` of an item that is done, whose state is not kept. */
  attemptDir?(at: Address): string | undefined;
}

export type ReadValue =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "failed"; readonly problem: string };
