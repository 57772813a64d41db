import type { Address } from "../domain/address.ts";
import type { OwnerAcquired } from "../domain/event.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Expected } from "../domain/prompt.ts";
import type { Phase, RunState, StepState } from "../domain/state.ts";
import { valueToJson } from "../domain/value.ts";

/** One run as `status --json` prints it. Stable: fields are added, never changed. Times are ms since the epoch. */
export type RunStatusReport = {
  readonly run: string;
  readonly runbook: string;
  readonly file: string;
  readonly lab: boolean;
  /** `new`, `running`, `interrupted` (its executor died), `paused`, `ended`. */
  readonly state: "new" | "running" | "interrupted" | "paused" | "ended";
  readonly reason?: string;
  readonly result?: string;
  readonly exitCode?: number;
  readonly createdMs: number;
  readonly lastMs: number;
  readonly params: JsonObject;
  readonly pins: { readonly [name: string]: string };
  readonly steps: readonly StepReport[];
  readonly prompts: readonly PromptReport[];
  readonly services: readonly Address[];
  readonly totals: RunState["totals"];
  /** Whose process has the run now; only while it is running. */
  readonly owner?: { readonly user: string; readonly host: string; readonly pid: number };
};

export type StepReport = {
  readonly at: Address;
  /** `running`, `asking`, `waiting`, `in-doubt`, `halted`, `done`, `skipped`, `failed`, … */
  readonly state: string;
  readonly attempts: number;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly exitCode?: number;
  readonly failure?: string;
  readonly evidence?: readonly string[];
  readonly items?: {
    readonly total: number;
    readonly done: number;
    readonly skipped: number;
    readonly failed: number;
    readonly running: number;
  };
  /** Keys of failed items, at most 1,000. */
  readonly failedItems?: readonly string[];
};

export type PromptReport = {
  readonly at: Address;
  readonly id: string;
  readonly purpose: string;
  readonly severity: string;
  readonly title: string;
  readonly text: string;
  readonly expects: Expected["kind"];
  /** What has to be typed. */
  readonly typed?: string;
  readonly sinceMs: number;
};

const MAX_FAILED_KEYS = 1_000;

/** Pure. `alive`: whether a process owns the run now. */
export function statusReport(state: RunState, alive: boolean): RunStatusReport {
  const { created, status } = state;
  const active = status.kind === "running" ? (alive ? "running" : "interrupted") : status.kind;
  return {
    run: created?.runId ?? "",
    runbook: created?.runbook ?? "",
    file: created?.runbookFile ?? "",
    lab: created?.lab ?? false,
    state: active,
    ...(status.kind === "paused" ? { reason: status.reason.kind, exitCode: status.exitCode } : {}),
    ...(status.kind === "ended" ? { result: status.result, exitCode: status.exitCode } : {}),
    createdMs: state.createdMs,
    lastMs: state.lastMs,
    params: valueToJson(state.params) as JsonObject,
    pins: state.pins ?? {},
    steps: [...state.steps.values()].map(stepReport),
    prompts: [...state.prompts.values()].map(({ prompt, openedMs }) => ({
      at: prompt.at,
      id: prompt.id,
      purpose: prompt.purpose,
      severity: prompt.severity,
      title: prompt.title,
      text: prompt.text,
      expects: prompt.expects.kind,
      ...(prompt.expects.kind === "approval" && prompt.expects.typed !== undefined
        ? { typed: prompt.expects.typed }
        : {}),
      sinceMs: openedMs,
    })),
    services: [...state.services.keys()],
    totals: state.totals,
    ...(active === "running" && state.owner ? { owner: ownerOf(state.owner) } : {}),
  };
}

function ownerOf({ actor, identity }: OwnerAcquired): NonNullable<RunStatusReport["owner"]> {
  return { user: actor.user, host: actor.host, pid: identity.pid };
}

function stepReport(step: StepState): StepReport {
  const { phase, fan } = step;
  return {
    at: step.at,
    state: phaseWord(phase),
    attempts: step.attempts,
    startedMs: step.startedMs,
    ...(step.endedMs === undefined ? {} : { endedMs: step.endedMs }),
    ...(step.exitCode === undefined ? {} : { exitCode: step.exitCode }),
    ...details(phase),
    ...(fan
      ? {
          items: { total: fan.keys.length, ...fan.counts, running: fan.active.size },
          failedItems: [...fan.failures.keys()]
            .slice(0, MAX_FAILED_KEYS)
            .map((position) => fan.keys[position] as string),
        }
      : {}),
  };
}

/** The state of a step as one word. */
export function phaseWord(phase: Phase): string {
  switch (phase.kind) {
    case "ended":
      return phase.result.kind;
    case "released":
      return "running";
    case "asking":
      return phase.after.kind === "in-doubt" ? "in-doubt" : "asking";
    case "succeeded":
      return "verifying";
    default:
      return phase.kind;
  }
}

function details(phase: Phase): { failure?: string; evidence?: readonly string[] } {
  if (phase.kind === "asking") return details(phase.after);
  if (phase.kind === "failed" || phase.kind === "halted") return { failure: phase.failure.message };
  if (phase.kind === "ended" && phase.result.kind === "failed") return { failure: phase.result.failure.message };
  return phase.kind === "in-doubt" ? { evidence: phase.evidence } : {};
}
