import type { Address } from "../../domain/address.ts";
import type { Plan } from "../../domain/plan.ts";
import type { StepChange } from "../../domain/plan-change.ts";
import type { ParamSpec } from "../../domain/runbook.ts";
import type { RunState } from "../../domain/state.ts";
import type { ReadValue, RunSource } from "../run-source.ts";

/** All that the screen wants of the program beside a run. Who opens the screen implements it. */
export interface AppSource {
  readonly user: string;
  readonly host: string;
  readonly stateDir: string;
  /** All runs, the last changed first. Cheap enough to be asked every second. */
  runs(): readonly RunEntry[];
  /** Runbooks of the current folder, then those that come with the program. */
  runbooks(): Promise<readonly BookEntry[]>;
  openBook(file: string): Promise<Result<BookSource>>;
  /** Connects to a run's executor; without one the record is what there is. */
  openRun(runId: string, options: { readonly readOnly: boolean }): Promise<Result<OpenRun>>;
  /** Where a run stands that waits to be gone on with; compared with `withFile`, or with the file that it came from. */
  standing(runId: string, withFile?: string): Promise<Result<Standing>>;
  carryOn(runId: string, how: CarryOnHow): Promise<Result<undefined>>;
  record(runId: string): Promise<Result<RunRecord>>;
  /** Writes the report of a run into the current folder; tells the path. */
  exportReport(runId: string, format: ReportFormat): Promise<Result<string>>;
}

/** What went wrong is a message for the operator. */
export type Result<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "failed"; readonly lines: readonly string[] };

export type RunEntry = {
  readonly runId: string;
  readonly runbook: string;
  readonly file: string | undefined;
  readonly lab: boolean;
  readonly by: string;
  readonly startedMs: number;
  readonly changedMs: number;
  readonly stand: Stand;
  /** Somebody has to do something about it. */
  readonly needsYou: boolean;
  readonly counts: { readonly done: number; readonly skipped: number; readonly failed: number };
};

export type Stand =
  | {
      readonly kind: "asks";
      readonly at: Address;
      readonly title: string;
      readonly why: "confirm" | "typed" | "failed";
      readonly live: boolean;
    }
  | { readonly kind: "doubt"; readonly at: Address; readonly live: boolean }
  | { readonly kind: "failed"; readonly at: Address; readonly message: string; readonly ended: boolean }
  /** Its executor died without a word. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "context"; readonly name: string; readonly expected: string; readonly actual: string }
  | { readonly kind: "paused"; readonly why: string }
  | { readonly kind: "new" }
  | { readonly kind: "running"; readonly at: Address; readonly done: number; readonly total: number }
  | { readonly kind: "ended"; readonly result: string; readonly exitCode: number }
  | { readonly kind: "unreadable"; readonly message: string; readonly hint: string };

export type BookEntry = {
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly shipped: boolean;
  /** It can be practised. */
  readonly lab: boolean;
};

/** A runbook that was read and found right. */
export interface BookSource {
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly lab: boolean;
  readonly steps: number;
  readonly destructive: number;
  readonly fields: readonly Field[];
  readValue(spec: ParamSpec, text: string): ReadValue;
  /** Problems that no single field has; empty when the values make a run. */
  check(values: FieldValues, practice: boolean): readonly string[];
  plan(
    values: FieldValues,
    options: { readonly practice: boolean; readonly probe: boolean },
  ): Promise<Result<PlanView>>;
  /** Starts a run with its executor; tells its id. */
  start(values: FieldValues, options: { readonly practice: boolean }): Promise<Result<string>>;
}

/** Text as typed, by field name; a field without text has its default. */
export type FieldValues = { readonly [name: string]: string };

export type Field = {
  readonly name: string;
  readonly spec: ParamSpec;
  /** A declared secret that is typed, not a parameter. */
  readonly declared: boolean;
  readonly about: string;
  readonly defaultText: string | undefined;
  /** As the last run of this runbook had it; never of a secret. */
  readonly lastText: string | undefined;
  readonly required: boolean;
  /** In a practice run the lab gives it, or has a value where nothing is typed. */
  readonly byLab: "no" | "given" | "offered";
};

export type PlanRowView = {
  readonly at: Address;
  readonly depth: number;
  readonly kind: string;
  readonly title: string;
  readonly effect: "read" | "mutate" | "destroy";
  readonly would: readonly string[];
  readonly grade: "simulated" | "native" | "not simulated";
  readonly asks: "no" | "yes" | "typed";
  readonly wanted: boolean | "unknown";
  readonly items?: number | "unknown";
};

export type PlanView = {
  readonly runbook: string;
  readonly sha256: string;
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly rows: readonly PlanRowView[];
  readonly last: LastRun | undefined;
};

/** The run that a plan is compared with. */
export type LastRun = {
  readonly runId: string;
  readonly endedMs: number;
  readonly result: string;
  readonly sha256: string;
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly rows: readonly PlanRowView[];
  /** How long each step took, by address pattern. */
  readonly tookMs: { readonly [at: Address]: number };
};

export type OpenRun = {
  readonly source: RunSource;
  /** An executor is there. */
  readonly live: boolean;
  close(): void;
};

export type Standing = {
  readonly runId: string;
  readonly runbook: string;
  /** The text that it may go on with. */
  readonly file: string;
  readonly stand: Stand;
  readonly facts: readonly string[];
  /** The last lines that the failed or doubtful attempt printed. */
  readonly lastLines: readonly string[];
  /** Secrets that the next executor needs typed again. */
  readonly secrets: readonly Field[];
  readonly change: BookChange | undefined;
};

/** The file reads differently now than the run's own copy. */
export type BookChange = {
  readonly file: string;
  /** Why the new text cannot be used at all, e.g. it has problems. */
  readonly impossible: readonly string[];
  readonly steps: readonly ChangedStep[];
};

export type ChangedStep = StepChange & {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** It keeps its result only if somebody says so. */
  readonly needsAcceptance: boolean;
};

export type CarryOnHow = {
  readonly kind: "resume" | "retry";
  /** Go on with the file as it reads now. */
  readonly withFile?: string;
  readonly acceptChanged?: readonly string[];
  readonly acceptContext?: boolean;
  readonly secrets?: FieldValues;
};

export type RunRecord = {
  readonly runId: string;
  readonly plan: Plan;
  readonly state: RunState;
  readonly attempts: readonly AttemptSpan[];
  readonly params: readonly (readonly [name: string, text: string])[];
  /** The file with the output of an attempt, from the attempt's `dir`. */
  logPath(dir: string): string;
};

export type AttemptSpan = {
  readonly at: Address;
  readonly n: number;
  readonly fromMs: number;
  readonly toMs: number | undefined;
  readonly ok: boolean | undefined;
};

export type ReportFormat = "markdown" | "html" | "json" | "junit";
