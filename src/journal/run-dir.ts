import { lstatSync, type Stats } from "node:fs";
import { basename, join } from "node:path";
import { JournalError } from "../domain/ports.ts";
import { runIdProblem } from "./run-id.ts";
import type { StateDir } from "./state-dir.ts";

/** What lies in the directory of one run. */
export type RunPaths = {
  readonly dir: string;
  readonly runId: string;
  readonly journal: string;
  readonly lock: string;
  /** Bytes that can be given up so that a last event fits on a full disk. */
  readonly reserve: string;
  /** How far the journal had come: see witness.ts. */
  readonly witness: string;
  /** The exact bytes that the run was started with. */
  readonly runbook: string;
  /** Called runbooks and other files of the plan, by the names given to `createRun`. */
  readonly files: string;
  readonly attempts: string;
};

export function runPaths(runDir: string): RunPaths {
  return {
    dir: runDir,
    runId: basename(runDir),
    journal: join(runDir, "journal.db"),
    lock: join(runDir, "lock.db"),
    reserve: join(runDir, "reserve"),
    witness: join(runDir, "head"),
    runbook: join(runDir, "runbook.yaml"),
    files: join(runDir, "files"),
    attempts: join(runDir, "attempts"),
  };
}

/** The directory of a run, or `undefined` when there is none of that id (or it cannot be an id). */
export function findRun(stateDir: StateDir, runId: string): string | undefined {
  if (runIdProblem(runId) !== undefined) return undefined;
  const dir = join(stateDir.runs, runId);
  return lstatOrNothing(dir)?.isDirectory() ? dir : undefined;
}

export function lstatOrNothing(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/**
 * Refuses what another user could have put there: the run's directories must be directories of ours, not links, not
 * writable by others.
 */
export function assertRunDir(paths: RunPaths): void {
  for (const dir of [paths.dir, paths.attempts]) {
    const stats = lstatOrNothing(dir);
    const problem = directoryProblem(dir, stats);
    if (problem === undefined) continue;
    const hint = stats
      ? "somebody changed the state directory; look at it before you go on"
      : "list the runs with `runsheet runs`";
    throw new JournalError(76, problem, hint);
  }
}

/** What makes a directory unfit to be trusted with a run's state, or `undefined`. */
export function directoryProblem(dir: string, stats: Stats | undefined): string | undefined {
  if (!stats) return `${dir} does not exist`;
  if (stats.isSymbolicLink()) return `${dir} is a symbolic link`;
  if (!stats.isDirectory()) return `${dir} is not a directory`;
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) return `${dir} belongs to uid ${stats.uid}, you are uid ${uid}`;
  if ((stats.mode & 0o022) !== 0) return `${dir} can be written by others (mode ${modeText(stats)})`;
  return undefined;
}

export function modeText(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(4, "0");
}
