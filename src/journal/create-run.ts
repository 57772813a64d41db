import { renameSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import type { RunCreated } from "../domain/event.ts";
import { JournalError } from "../domain/ports.ts";
import { faultPoint } from "../lib/fault-point.ts";
import { buildDatabase } from "./connection.ts";
import { createTables, machineId } from "./format.ts";
import { createLockFile } from "./lock.ts";
import { makePrivateDirectory, makePrivatePath, syncDirectory, writePrivateFile } from "./private-files.ts";
import { draft, Recorder } from "./recorder.ts";
import { lstatOrNothing, type RunPaths, runPaths } from "./run-dir.ts";
import { runIdProblem } from "./run-id.ts";
import { readRunRow } from "./run-row.ts";
import { storageError } from "./sqlite-failure.ts";
import type { StateDir } from "./state-dir.ts";
import { witnessBytes } from "./witness.ts";

export type NewRun = {
  /** The exact bytes of the runbook; a resume uses these. */
  readonly runbookBytes: Uint8Array;
  /** Other files of the plan (called runbooks) by relative name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** The first event. */
  readonly created: RunCreated;
  readonly bootId: string;
};

/**
 * Makes the directory of a run, whole or not at all: it is built under a temporary name and renamed when everything is on
 * the disk. Directories are 0700 and files 0600 whatever the umask, which stays as it is for the commands of the run.
 *
 * Returns the directory. Throws `JournalError` 73 when the id cannot be one or exists, or the directory cannot be made.
 */
export function createRun(stateDir: StateDir, runId: string, run: NewRun): string {
  const problem = runIdProblem(runId);
  if (problem !== undefined) throw new JournalError(73, `cannot use "${runId}" as a run id: ${problem}`, idHint);
  const dir = join(stateDir.runs, runId);
  if (lstatOrNothing(dir)) throw exists(runId, dir);
  const building = join(stateDir.runs, `.new-${runId}-${process.pid}`);
  try {
    rmSync(building, { recursive: true, force: true });
    build(building, runId, run);
    faultPoint("journal.create-run.before");
    renameSync(building, dir);
    syncDirectory(stateDir.runs);
    faultPoint("journal.create-run.after");
    return dir;
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") throw exists(runId, dir);
    const said = storageError(error, "create", dir);
    throw new JournalError(73, said.message, said.hint, { cause: error });
  }
}

function build(dir: string, runId: string, run: NewRun): void {
  const paths = runPaths(dir);
  for (const directory of [dir, paths.attempts, paths.files]) makePrivateDirectory(directory);
  writePrivateFile(paths.runbook, run.runbookBytes);
  for (const [name, bytes] of Object.entries(run.files ?? {})) storeFile(paths.files, name, bytes);
  writePrivateFile(paths.lock, new Uint8Array());
  createLockFile(paths.lock);
  writePrivateFile(paths.journal, new Uint8Array());
  writeJournal(paths, runId, run);
  for (const directory of [paths.attempts, paths.files, dir]) syncDirectory(directory);
}

/** Names are relative paths as the plan gives them; none may lead out of the directory. */
function storeFile(files: string, name: string, bytes: Uint8Array): void {
  const clean = normalize(name);
  if (isAbsolute(clean) || clean === "." || clean.split("/").includes("..") || clean.includes("\0")) {
    throw new Error(`createRun: "${name}" is not a relative name`);
  }
  const path = join(files, clean);
  makePrivatePath(dirname(path));
  writePrivateFile(path, bytes);
}

function writeJournal(paths: RunPaths, runId: string, run: NewRun): void {
  const { actor, version } = run.created;
  buildDatabase(paths.journal, (db) => {
    createTables(db, { runId, appVersion: version, createdWallMs: Date.now(), machineId: machineId() });
    const { seq, head, epoch } = readRunRow(db);
    const writer = { actor: `${actor.user}@${actor.host}`, bootId: run.bootId };
    const recorder = new Recorder(db, writer, { seq, head, epoch });
    recorder.commit([draft(run.created)]);
    writePrivateFile(paths.witness, witnessBytes(recorder));
  });
}

function exists(runId: string, dir: string): JournalError {
  return new JournalError(
    73,
    `there is a run ${runId} already (${dir})`,
    `go on with it: \`runsheet resume ${runId}\`, or choose another --run-id`,
  );
}

const idHint = "choose another --run-id, or leave it out";
