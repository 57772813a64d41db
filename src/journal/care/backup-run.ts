import { chmodSync, copyFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { JournalError } from "../../domain/ports.ts";
import { type Connection, openReader } from "../connection.ts";
import { copyDatabase } from "../copy-database.ts";
import { createLockFile } from "../lock.ts";
import { makePrivateDirectory, syncDirectory, syncFile, writePrivateFile } from "../private-files.ts";
import { assertRunDir, lstatOrNothing, type RunPaths, runPaths } from "../run-dir.ts";
import { readRunRow } from "../run-row.ts";
import { storageError } from "../sqlite-failure.ts";
import { witnessBytes } from "../witness.ts";
import { type VerifyReport, verifyRun } from "./verify-run.ts";

export type Backup = { readonly dir: string; readonly report: VerifyReport };

/**
 * Copies a run to `into/<run-id>`, also while it is carried out: the journal as of one moment, and of the attempts
 * exactly those that this journal knows. The copy is a run directory like any other and is verified before it gets its
 * name. Throws `JournalError` 73 when it cannot be made, 74 or 76 when the run cannot be read.
 */
export async function backupRun(runDir: string, into: string): Promise<Backup> {
  const from = runPaths(runDir);
  assertRunDir(from);
  const dir = join(into, from.runId);
  if (lstatOrNothing(dir)) throw new JournalError(73, `${dir} exists already`, "choose another directory");
  // The run's name must be the directory's name for the verification, so it is built one level deeper.
  const workshop = join(into, `.backup-${from.runId}-${process.pid}`);
  const building = join(workshop, from.runId);
  try {
    rmSync(workshop, { recursive: true, force: true });
    makePrivateDirectory(workshop);
    await build(from, runPaths(building));
    const report = await verifyRun(building);
    renameSync(building, dir);
    syncDirectory(into);
    return { dir, report: { ...report, dir } };
  } catch (error) {
    throw storageError(error, "back up to", dir);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

async function build(from: RunPaths, to: RunPaths): Promise<void> {
  makePrivateDirectory(to.dir);
  makePrivateDirectory(to.attempts);
  const live = openReader(from.journal);
  try {
    await copyDatabase(live, to.journal);
  } finally {
    live.close();
  }
  const copy = openReader(to.journal);
  try {
    writePrivateFile(to.witness, witnessBytes(readRunRow(copy)));
    copyAttempts(copy, from, to);
  } finally {
    copy.close();
  }
  writePrivateFile(to.lock, new Uint8Array());
  createLockFile(to.lock);
  copyTree(from.files, to.files);
  copyFile(from.runbook, to.runbook);
  syncDirectory(to.dir);
}

/** An attempt that ended after the journal's moment is copied with more than the journal knows, as after a crash. */
function copyAttempts(journal: Connection, from: RunPaths, to: RunPaths): void {
  const dirs = journal.prepare("SELECT dir FROM attempt ORDER BY released_seq").pluck().all() as string[];
  for (const name of dirs.map((dir) => basename(dir))) copyTree(join(from.attempts, name), join(to.attempts, name));
}

/** Directories and plain files; FIFOs and sockets mean nothing in a copy. */
function copyTree(from: string, to: string): void {
  if (!lstatOrNothing(from)?.isDirectory()) return;
  makePrivateDirectory(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isFile()) copyFile(source, target);
  }
}

function copyFile(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    // Files of an attempt come and go while it runs.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  chmodSync(to, 0o600);
  syncFile(to);
}
