import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Failure, failure } from "../domain/failure.ts";
import { JournalError } from "../domain/ports.ts";
import { isOwned, readJournal } from "./read-journal.ts";
import { runIdProblem } from "./run-id.ts";
import type { RunRow } from "./run-row.ts";
import type { StateDir } from "./state-dir.ts";

export type ListedRun =
  | (RunRow & { readonly kind: "run"; readonly runId: string; readonly dir: string; readonly activity: Activity })
  /** Its journal cannot be read; the failure says why and what to do. */
  | { readonly kind: "unreadable"; readonly runId: string; readonly dir: string; readonly failure: Failure };

/** `running`: a living process owns it. `interrupted`: its owner died without a word. `resting`: see `state`. */
export type Activity = "running" | "interrupted" | "resting";

/** All runs of a state directory, the last changed first. Reads one row per run; answers while others own them. */
export function listRuns(stateDir: StateDir): ListedRun[] {
  return runIds(stateDir)
    .map((runId) => listRun(join(stateDir.runs, runId), runId))
    .filter((run) => run !== undefined)
    .sort((a, b) => changed(b) - changed(a) || (a.runId < b.runId ? 1 : -1));
}

/** The names below `runs/` that are runs; what is being built or removed is not. */
export function runIds(stateDir: StateDir): string[] {
  try {
    return readdirSync(stateDir.runs).filter((name) => runIdProblem(name) === undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** One run as in the list, or `undefined` when it was removed at this moment. */
export function listRun(dir: string, runId: string): ListedRun | undefined {
  try {
    const reader = readJournal(dir);
    try {
      const row = reader.row();
      const activity = row.state.kind !== "active" ? "resting" : isOwned(dir) ? "running" : "interrupted";
      return { kind: "run", runId, dir, activity, ...row };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { kind: "unreadable", runId, dir, failure: failure("run-unreadable", error.message, { hint: error.hint }) };
  }
}

function changed(run: ListedRun): number {
  return run.kind === "run" ? run.updatedWallMs : 0;
}
