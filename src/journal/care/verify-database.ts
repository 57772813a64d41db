import { basename } from "node:path";
import { type Connection, openReader } from "../connection.ts";
import { type ChainedRow, chainedRows } from "../event-rows.ts";
import { formatOf, readMeta } from "../format.ts";
import type { RunPaths } from "../run-dir.ts";
import { readRunRow } from "../run-row.ts";
import { FORMAT } from "../schema.ts";
import { storageError } from "../sqlite-failure.ts";
import { readWitness, type Witness, witnessProblem } from "../witness.ts";
import { type Replay, rowDifferences, startReplay } from "./replay-rows.ts";
import type { Report } from "./verify-run.ts";

/** An attempt as the journal has it. */
export type KnownAttempt = {
  readonly address: string;
  readonly n: number;
  readonly attemptId: string;
  readonly dir: string;
  readonly state: string;
  readonly exitCode: number | null;
  readonly outBytes: number | null;
  readonly errBytes: number | null;
  readonly outSha256: string | null;
  readonly errSha256: string | null;
};

export type DatabaseFacts = { readonly events: number; readonly attempts: readonly KnownAttempt[] };

/** Format, structure, chain, rows and witness, in this order; stops where the next question makes no sense. `undefined`: unreadable. */
export function verifyDatabase(paths: RunPaths, report: Report): DatabaseFacts | undefined {
  let db: Connection | undefined;
  // Before the moment that the database is looked at: its owner may be writing, and must not seem to be ahead of it.
  const witness = readWitness(paths.witness);
  try {
    db = openReader(paths.journal);
    // One moment for all questions, while the owner may be writing.
    db.exec("BEGIN");
    return verify(db, paths, witness, report);
  } catch (error) {
    const { message, hint, exitCode } = storageError(error, "read", paths.journal);
    const code = exitCode !== 76 ? "unreadable" : /format/.test(message) ? "too-new" : "not-a-journal";
    const mend = code === "not-a-journal" ? "restore it from a backup" : hint;
    report({ code, severity: "error", message, hint: mend });
    return undefined;
  } finally {
    db?.close();
  }
}

function verify(db: Connection, paths: RunPaths, witness: Witness | undefined, report: Report): DatabaseFacts {
  const format = formatOf(db, paths.journal);
  const { runId } = readMeta(db);
  if (runId !== paths.runId) {
    const message = `${paths.journal} is the journal of run ${runId}`;
    report({ code: "not-a-journal", severity: "error", message, hint: `rename the directory to ${runId}` });
  }
  verifyStructure(db, report);
  // Rows of an older format are compared after the upgrade that the next resume makes.
  verifyEvents(db, paths, format === FORMAT, report);
  const { seq } = readRunRow(db);
  const lost = witnessProblem(db, witness, seq);
  if (lost !== undefined) {
    report({
      code: "lost-events",
      severity: "error",
      message: `${paths.journal} has lost events: ${lost}`,
      hint: restore,
    });
  }
  return { events: seq, attempts: knownAttempts(db) };
}

const restore = "restore a backup, or see what `runsheet state doctor` proposes";

function verifyStructure(db: Connection, report: Report): void {
  const problems = (db.pragma("integrity_check(20)", { simple: false }) as { integrity_check: string }[])
    .map((row) => row.integrity_check)
    .filter((text) => text !== "ok");
  const broken = db.pragma("foreign_key_check") as { table: string }[];
  for (const problem of [...problems, ...broken.slice(0, 20).map(({ table }) => `a row of ${table} has no event`)]) {
    report({ code: "integrity", severity: "error", message: `${db.name}: ${problem}`, hint: restore });
  }
}

/** Follows the chain and, on the way, makes the rows anew to compare them. */
function verifyEvents(db: Connection, paths: RunPaths, compareRows: boolean, report: Report): void {
  const replay = startReplay(readMeta(db));
  let contradiction: string | undefined;
  try {
    for (const chained of chainedRows(db, paths.journal)) {
      if (contradiction === undefined) contradiction = contradictionOf(replay, chained);
    }
    if (!compareRows) return;
    const differences = contradiction === undefined ? rowDifferences(db, replay.finish()) : [contradiction];
    for (const difference of differences) {
      const message = `${paths.journal}: rows do not follow from the events: ${difference}`;
      report({ code: "rows", severity: "error", message, hint: "`runsheet state doctor` makes the rows anew" });
    }
  } catch (error) {
    const { message } = storageError(error, "read", paths.journal);
    report({ code: "chain", severity: "error", message, hint: restore });
  } finally {
    replay.close();
  }
}

function contradictionOf(replay: Replay, chained: ChainedRow): string | undefined {
  try {
    replay.apply(chained);
    return undefined;
  } catch (error) {
    return `event ${chained.row.seq}: ${(error as Error).message}`;
  }
}

/** Looks once more: what was released since the first look is no surprise. */
export function releasedByNow(paths: RunPaths): ReadonlySet<string> {
  const db = openReader(paths.journal);
  try {
    return new Set(knownAttempts(db).map(({ dir }) => basename(dir)));
  } finally {
    db.close();
  }
}

function knownAttempts(db: Connection): KnownAttempt[] {
  const sql = `SELECT address, n, attempt_id AS attemptId, dir, state, exit_code AS exitCode, out_bytes AS outBytes, err_bytes AS errBytes,
    out_sha256 AS outSha256, err_sha256 AS errSha256 FROM attempt ORDER BY released_seq`;
  return db.prepare(sql).all() as KnownAttempt[];
}
