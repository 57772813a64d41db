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
  const row = db.prepare(sql).raw().get() as Columns;
  const [seq, head, epoch, state, reason, result, exitCode, createdWallMs, updatedWallMs, ...rest] = row;
  const [runbook, runbookFile, runbookSha256, lab, startedBy, owner, ...counts] = rest;
  const [stepsDone, stepsSkipped, stepsFailed, itemsDone, itemsSkipped, itemsFailed, released, inDoubt, open] = counts;
  return {
    seq,
    head,
    epoch,
    state: stateOf(state, reason, result, exitCode),
    createdWallMs,
    updatedWallMs,
    runbook: runbook ?? undefined,
    runbookFile: runbookFile ?? undefined,
    runbookSha256: runbookSha256 ?? undefined,
    lab: lab === 1,
    startedBy: parsed<Actor>(startedBy),
    owner: parsed<Owner>(owner),
    steps: { done: stepsDone, skipped: stepsSkipped, failed: stepsFailed },
    items: { done: itemsDone, skipped: itemsSkipped, failed: itemsFailed },
    released,
    inDoubt,
    openPrompts: open,
  };
}

// Rows as arrays: the driver compiles a function for every statement that returns objects, and lists open many journals.
const sql = `SELECT seq, head, epoch, state, reason, result, exit_code, created_wall_ms, updated_wall_ms,
  runbook, runbook_file, runbook_sha256, lab, started_by, owner,
  steps_done, steps_skipped, steps_failed, items_done, items_skipped, items_failed, released, in_doubt, open_prompts
  FROM run, meta`;

type Columns = [
  ...[seq: number, head: string, epoch: number, state: string],
  ...[reason: string | null, result: string | null, exitCode: number | null, created: number, updated: number],
  ...[runbook: string | null, file: string | null, sha256: string | null, lab: number],
  ...[startedBy: string | null, owner: string | null],
  ...[number, number, number, number, number, number, number, number, number],
];

function stateOf(state: string, reason: string | null, result: string | null, code: number | null): RunRowState {
  const exitCode = code ?? 0;
  switch (state) {
    case "paused":
      return { kind: "paused", reason: parsed<PauseReason>(reason) as PauseReason, exitCode };
    case "ended":
      return { kind: "ended", result: result as RunResult, exitCode };
    default:
      return { kind: state as "new" | "active" };
  }
}

function parsed<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T);
}
