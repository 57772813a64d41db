import type { PauseReason, RunResult } from "../domain/event.ts";
import type { Actor } from "../domain/prompt.ts";
import type { Connection } from "./connection.ts";
import type { Owner } from "./owner.ts";

/** Counts of ended steps or items. */
export type Counts = { readonly done: number; readonly skipped: number; readonly failed: number };

/** What the run's row says. Whether the process that took the run still lives is another question (`isOwned`). */
export type RunRow = {
  readonly seq: number;
  readonly head: string;
  readonly epoch: number;
  readonly state: RunRowState;
  readonly createdWallMs: number;
  readonly updatedWallMs: number;
  readonly runbook: string | undefined;
  readonly runbookFile: string | undefined;
  readonly runbookSha256: string | undefined;
  readonly lab: boolean;
  readonly startedBy: Actor | undefined;
  /** The last process that took the run. */
  readonly owner: Owner | undefined;
  /** Steps outside of fan-outs. */
  readonly steps: Counts;
  readonly items: Counts;
  /** Attempts that were released and have not ended. */
  readonly released: number;
  readonly inDoubt: number;
  readonly openPrompts: number;
};

export type RunRowState =
  /** Created, never carried out. */
  | { readonly kind: "new" }
  /** A process took it and has neither paused nor ended it. */
  | { readonly kind: "active" }
  | { readonly kind: "paused"; readonly reason: PauseReason; readonly exitCode: number }
  | { readonly kind: "ended"; readonly result: RunResult; readonly exitCode: number };

export function readRunRow(db: Connection): RunRow {
  const row = db.prepare("SELECT run.*, created_wall_ms FROM run, meta").get() as { [column: string]: unknown };
  const counts = (what: string): Counts => ({
    done: row[`${what}_done`] as number,
    skipped: row[`${what}_skipped`] as number,
    failed: row[`${what}_failed`] as number,
  });
  return {
    seq: row.seq as number,
    head: row.head as string,
    epoch: row.epoch as number,
    state: stateOf(row),
    createdWallMs: row.created_wall_ms as number,
    updatedWallMs: row.updated_wall_ms as number,
    runbook: (row.runbook as string | null) ?? undefined,
    runbookFile: (row.runbook_file as string | null) ?? undefined,
    runbookSha256: (row.runbook_sha256 as string | null) ?? undefined,
    lab: row.lab === 1,
    startedBy: parsed<Actor>(row.started_by),
    owner: parsed<Owner>(row.owner),
    steps: counts("steps"),
    items: counts("items"),
    released: row.released as number,
    inDoubt: row.in_doubt as number,
    openPrompts: row.open_prompts as number,
  };
}

function stateOf(row: { [column: string]: unknown }): RunRowState {
  const exitCode = row.exit_code as number;
  switch (row.state) {
    case "paused":
      return { kind: "paused", reason: parsed<PauseReason>(row.reason) as PauseReason, exitCode };
    case "ended":
      return { kind: "ended", result: row.result as RunResult, exitCode };
    default:
      return { kind: row.state as "new" | "active" };
  }
}

function parsed<T>(text: unknown): T | undefined {
  return typeof text === "string" ? (JSON.parse(text) as T) : undefined;
}
