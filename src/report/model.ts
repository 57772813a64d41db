import type { Address } from "../domain/address.ts";
import type { Actor } from "../domain/prompt.ts";
import type { RunStatusReport, StepReport } from "./status.ts";

/**
 * One run as a record for people and machines. Times are ms since the epoch; durations ms. Stable like `status`: fields are
 * added, never changed. `schema.ts` describes it for other programs.
 */
export type RunReport = {
  readonly format: "runsheet-report/1";
  readonly status: RunStatusReport;
  readonly startedBy: Actor | undefined;
  /** Of the program that started the run. */
  readonly version: string | undefined;
  readonly durationMs: number;
  /** Attempts that were begun, those of items among them. */
  readonly attempts: number;
  readonly steps: readonly StepRecord[];
  /** Items of fan-outs, in the order in which they began. */
  readonly items: readonly ItemRecord[];
  /** How the items of each fan-out ended over time. */
  readonly rates: readonly RateRecord[];
  readonly answers: readonly AnswerRecord[];
  /** Times at which a process took the run: more than one means that it was interrupted, stopped or answered. */
  readonly owners: readonly { readonly wallMs: number; readonly actor: Actor; readonly pid: number }[];
  readonly failures: readonly FailureRecord[];
  readonly doubts: readonly DoubtRecord[];
  /** The last lines of each step's last attempt. */
  readonly logs: readonly LogRecord[];
  readonly next: readonly string[];
  /** The record's hash chain, when it was asked to be checked. */
  readonly chain?: { readonly events: number; readonly head: string };
  /** How much was left out to keep the report readable; the journal has all of it. */
  readonly leftOut: {
    readonly steps: number;
    readonly items: number;
    readonly failures: number;
    readonly logs: number;
  };
};

export type StepRecord = StepReport & { readonly durationMs?: number };

export type ItemRecord = {
  /** Address of the item: `restart/web-1`. */
  readonly at: Address;
  readonly state: "done" | "failed" | "skipped" | "open";
  readonly startedMs: number;
  readonly endedMs?: number;
};

export type RateRecord = {
  readonly at: Address;
  readonly total: number;
  /** Items that had ended by each instant, the failed ones among them counted again. At most 200 points. */
  readonly points: readonly { readonly wallMs: number; readonly ended: number; readonly failed: number }[];
};

export type AnswerRecord = {
  readonly wallMs: number;
  readonly at: Address;
  readonly question: string;
  readonly answer: string;
  readonly reason?: string;
  readonly actor: Actor;
};

export type FailureRecord = {
  readonly wallMs: number;
  readonly at: Address;
  readonly message: string;
  /** The last lines that the failed attempt printed. */
  readonly lines: readonly string[];
};

export type DoubtRecord = {
  readonly wallMs: number;
  readonly at: Address;
  readonly as: string;
  readonly by: string;
  readonly reason: string;
  readonly actor: Actor;
};

export type LogRecord = { readonly at: Address; readonly attempt: number; readonly lines: readonly string[] };
