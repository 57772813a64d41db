import { accessSync, constants, lstatSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { JournalError } from "../domain/ports.ts";
import { type FileSystem, fileSystemFacts } from "./file-system.ts";
import { makePrivatePath } from "./private-files.ts";
import { directoryProblem, lstatOrNothing, modeText } from "./run-dir.ts";

/** A state directory that passed all checks. `path` has no symbolic links left in it. */
export type StateDir = {
  readonly path: string;
  readonly runs: string;
  readonly mutexes: string;
  readonly fileSystem: FileSystem;
  /** For the operator, e.g. that a restart of the machine would empty it. */
  readonly warnings: readonly string[];
};

export type StateDirOptions = {
  /** `false`: for verbs that only look; nothing is created, and a missing directory holds no runs. Default `true`. */
  readonly create?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/**
 * Opens `path`, else `$XDG_STATE_HOME/runsheet` (XDG base directory specification: only if absolute), else
 * `~/.local/state/runsheet`; creates it with mode 0700.
 *
 * Throws `JournalError` 73 when it cannot be created or written, is not a directory of ours, can be written or swapped by
 * others, or lies on a network file system, where SQLite's locks and shared memory are not reliable.
 */
export function openStateDir(path?: string, options: StateDirOptions = {}): StateDir {
  const asked = stateDirPath(path, options.env ?? process.env);
  const create = options.create ?? true;
  try {
    return open(asked, create);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw notCreated(asked, error);
  }
}

/** Where the state directory is, without looking at it. */
export function stateDirPath(path: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (path !== undefined) {
    if (path === "" || path.includes("\0")) {
      throw new JournalError(73, "the state directory's name is empty or holds a NUL", `give a path with --state-dir`);
    }
    return resolve(path);
  }
  const base = env.XDG_STATE_HOME;
  if (base && isAbsolute(base)) return join(base, "runsheet");
  return join(env.HOME && isAbsolute(env.HOME) ? env.HOME : homedir(), ".local", "state", "runsheet");
}

function open(asked: string, create: boolean): StateDir {
  if (create && !lstatOrNothing(asked)) makePrivatePath(asked);
  const link = lstatOrNothing(asked);
  if (!link) return layout(asked, { kind: "local" }, []);
  if (link.isSymbolicLink()) assertOwnLink(asked, link.uid);
  // Resolved once: whoever changes the link later cannot lead us elsewhere in the middle.
  const path = realpathSync(asked);
  assertOurs(path);
  assertNotSwappable(path);
  const { fileSystem } = fileSystemFacts(path);
  if (fileSystem.kind === "network") throw onNetwork(path, fileSystem.name);
  const dir = layout(path, fileSystem, warningsFor(path, fileSystem));
  for (const part of [dir.runs, dir.mutexes]) prepare(part, create);
  if (create) accessSync(path, constants.W_OK | constants.X_OK);
  return dir;
}

function layout(path: string, fileSystem: FileSystem, warnings: readonly string[]): StateDir {
  return { path, runs: join(path, "runs"), mutexes: join(path, "mutex"), fileSystem, warnings };
}

function prepare(part: string, create: boolean): void {
  if (create && !lstatOrNothing(part)) makePrivatePath(part);
  if (lstatOrNothing(part)) assertOurs(part);
}

function assertOurs(path: string): void {
  const stats = lstatSync(path);
  const problem = directoryProblem(path, stats);
  if (problem === undefined) return;
  const foreign = stats.uid !== process.geteuid?.();
  const hint = foreign
    ? "run as the user who owns it, or choose another directory with --state-dir"
    : stats.isDirectory()
      ? `make it yours alone: chmod 700 ${path}`
      : "choose another directory with --state-dir";
  throw new JournalError(73, `state directory refused: ${problem}`, hint);
}

function assertOwnLink(path: string, owner: number): void {
  if (owner === 0 || owner === process.geteuid?.()) return;
  throw new JournalError(
    73,
    `state directory refused: ${path} is a symbolic link of uid ${owner}`,
    "choose a directory of your own with --state-dir",
  );
}

/** Whoever may write to a parent can rename our directory away and put another in its place, unless it is sticky. */
function assertNotSwappable(path: string): void {
  for (const parent of parentsOf(path)) {
    const stats = statSync(parent);
    if ((stats.mode & 0o002) === 0 || (stats.mode & 0o1000) !== 0) continue;
    throw new JournalError(
      73,
      `state directory refused: everybody can write to ${parent} (mode ${modeText(stats)}), so anybody could replace ${path}`,
      `chmod o-w ${parent}, or choose another directory with --state-dir`,
    );
  }
}

function warningsFor(path: string, fileSystem: FileSystem): string[] {
  const warnings: string[] = [];
  if (fileSystem.kind === "volatile") {
    warnings.push(
      `${path} is on ${fileSystem.name}: runs are lost when the machine restarts; choose a disk with --state-dir`,
    );
  }
  const uid = process.geteuid?.();
  for (const parent of parentsOf(path)) {
    const owner = statSync(parent).uid;
    if (owner === 0 || owner === uid) continue;
    warnings.push(`${parent} belongs to uid ${owner}, who could replace the state directory ${path}`);
  }
  return warnings;
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    parents.push(parent);
    if (parent === dirname(parent)) return parents;
  }
}

function onNetwork(path: string, name: string): JournalError {
  return new JournalError(
    73,
    `state directory refused: ${path} is on a network file system (${name}), where locks are not reliable`,
    "choose a directory on a local disk with --state-dir or XDG_STATE_HOME",
  );
}

function notCreated(path: string, error: unknown): JournalError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  const why = reasons[code] ?? (error as Error).message;
  return new JournalError(
    73,
    `cannot create the state directory ${path}: ${why} (${code})`,
    "choose a directory that you can write to with --state-dir or XDG_STATE_HOME",
    { cause: error },
  );
}

const reasons: { readonly [code: string]: string } = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your disk quota is used up",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "there is a file of that name",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
};
