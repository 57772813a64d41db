import { JournalError } from "../domain/ports.ts";
import { settleUnknownAttempts } from "./attempts-on-disk.ts";
import { type Connection, openReader } from "./connection.ts";
import { checkChain } from "./event-rows.ts";
import { readMeta } from "./format.ts";
import type { RunPaths } from "./run-dir.ts";
import { type RunRow, readRunRow } from "./run-row.ts";
import { readWitness, witnessProblem } from "./witness.ts";

/**
 * Everything that must be right before a run may be carried on: the journal is this run's, its chain holds, its rows were
 * made for its last event, its witness knows of no later one, and no attempt ran that it has no release of.
 *
 * Looks through a read-only connection: a writing one would tidy the log away when it closes, and with it the traces of
 * what went wrong. Throws `JournalError` 76. The caller holds the run's lock.
 */
export async function assertWhole(paths: RunPaths): Promise<RunRow> {
  const db = openReader(paths.journal);
  try {
    assertThisRun(db, paths);
    const rows = readRunRow(db);
    const problem = endProblem(db, paths, rows) ?? witnessProblem(db, readWitness(paths.witness), rows.seq);
    if (problem !== undefined) throw damaged(paths, problem);
    await settleUnknownAttempts(db, paths);
    return rows;
  } finally {
    db.close();
  }
}

function assertThisRun(db: Connection, paths: RunPaths): void {
  const { runId } = readMeta(db);
  if (runId === paths.runId) return;
  throw new JournalError(
    76,
    `${paths.journal} is the journal of run ${runId}`,
    `the directory was renamed or mixed up: give it its name ${runId} back`,
  );
}

function endProblem(db: Connection, paths: RunPaths, rows: RunRow): string | undefined {
  const chain = checkChain(db, paths.journal);
  if (chain.seq === rows.seq && chain.head === rows.head) return undefined;
  return `its events end at ${chain.seq}, its rows at ${rows.seq}`;
}

function damaged(paths: RunPaths, problem: string): JournalError {
  return new JournalError(
    76,
    `${paths.journal} has lost events: ${problem}`,
    `see \`runsheet state verify ${paths.runId}\`, then \`runsheet state doctor ${paths.runId}\``,
  );
}
