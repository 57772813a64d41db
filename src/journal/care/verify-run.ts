import type { JournalError } from "../../domain/ports.ts";
import { attemptNames } from "../attempts-on-disk.ts";
import { versionOfSqlite } from "../connection.ts";
import { fileSystemFacts } from "../file-system.ts";
import { isOwned } from "../read-journal.ts";
import { runPaths } from "../run-dir.ts";
import { verifyAttempts } from "./verify-attempts.ts";
import { verifyDatabase } from "./verify-database.ts";
import { verifyFiles } from "./verify-files.ts";

/** One thing that is not as it should be. `error`: the record cannot be trusted as it is. `code` is stable. */
export type Finding = {
  readonly code: FindingCode;
  readonly severity: "error" | "warning";
  /** Where and what. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
};

export type FindingCode =
  | "not-a-journal"
  | "too-new"
  | "unreadable"
  | "lock"
  | "integrity"
  | "chain"
  | "rows"
  | "lost-events"
  | "unknown-attempt"
  | "missing-attempt"
  | "output-differs"
  | "mode"
  | "missing-file"
  | "leftover"
  | "file-system"
  | "space";

export type VerifyReport = {
  readonly runId: string;
  readonly dir: string;
  readonly ok: boolean;
  readonly exitCode: 0 | 76;
  readonly findings: readonly Finding[];
  readonly facts: {
    readonly events: number;
    readonly attempts: number;
    readonly owned: boolean;
    readonly sqliteVersion: string;
    readonly fileSystem: string;
    readonly freeBytes: number;
  };
};

export type Report = (finding: Finding) => void;

/**
 * Examines a run without changing it: database, hash chain, rows against a replay of the events, attempts against their
 * directories both ways, sizes and sums of kept output, owners and modes, file system and free space. May run while
 * another process owns the run. Never throws for what is wrong with the run; `exitCode` is 76 when there is an error.
 */
export async function verifyRun(runDir: string): Promise<VerifyReport> {
  const paths = runPaths(runDir);
  const findings: Finding[] = [];
  const report: Report = (finding) => void findings.push(finding);
  const place = verifyFiles(paths, report);
  // Before the journal is read: whatever ran by then has a release in it.
  const names = place.readable ? attemptNames(paths) : [];
  const database = place.readable ? verifyDatabase(paths, report) : undefined;
  if (database) await verifyAttempts(paths, names, database.attempts, report);
  const ok = !findings.some(({ severity }) => severity === "error");
  const { fileSystem, freeBytes } = place.readable ? fileSystemFacts(paths.dir) : nowhere;
  return {
    runId: paths.runId,
    dir: paths.dir,
    ok,
    exitCode: ok ? 0 : 76,
    findings,
    facts: {
      events: database?.events ?? 0,
      attempts: database?.attempts.length ?? 0,
      owned: owned(runDir, report),
      sqliteVersion: versionOfSqlite(),
      fileSystem: "name" in fileSystem ? fileSystem.name : fileSystem.kind,
      freeBytes,
    },
  };
}

const nowhere = { fileSystem: { kind: "local" }, freeBytes: 0 } as const;

function owned(runDir: string, report: Report): boolean {
  try {
    return isOwned(runDir);
  } catch (error) {
    const { message } = error as JournalError;
    report({ code: "lock", severity: "error", message, hint: "`runsheet state doctor` makes a new lock file" });
    return false;
  }
}
