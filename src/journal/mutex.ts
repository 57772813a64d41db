import { hash, randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JournalError } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";
import { acquireLock, createLockFile } from "./lock.ts";
import { writePrivateFile } from "./private-files.ts";
import { lstatOrNothing } from "./run-dir.ts";
import { storageError } from "./sqlite-failure.ts";
import type { StateDir } from "./state-dir.ts";

export type MutexHolder = { readonly runId: string; readonly actor: Actor; readonly pid: number };

export type Mutex = { readonly key: string; release(): void };

/**
 * Takes the lock that runs of one key share, so that two of them never overlap on this state directory. Held until
 * released or until this process dies, in whatever way.
 *
 * The promise is rejected with `JournalError` 75 naming the run that has it, or 74.
 *
 * The lock files stay for ever: removing one while another process is about to lock it would let two in.
 */
export async function acquireMutex(stateDir: StateDir, key: string, holder: MutexHolder): Promise<Mutex> {
  const base = join(stateDir.mutexes, hash("sha256", key));
  const [file, note] = [`${base}.db`, `${base}.json`];
  try {
    createOnce(file);
    const lock = await acquireLock(file);
    if (!lock) throw taken(key, note);
    writeNote(note, { key, sinceWallMs: Date.now(), ...holder });
    return {
      key,
      release: () => {
        rmSync(note, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    throw storageError(error, "lock", file);
  }
}

/** Linking is the one way to publish a finished file only if there is none of that name (link(2)). */
function createOnce(file: string): void {
  if (lstatOrNothing(file)) return;
  const building = `${file}.${randomUUID()}.tmp`;
  try {
    writePrivateFile(building, new Uint8Array());
    createLockFile(building);
    linkSync(building, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(building, { force: true });
  }
}

type Note = MutexHolder & { readonly key: string; readonly sinceWallMs: number };

/** Only for people: the lock itself cannot be read while it is held. */
function writeNote(file: string, note: Note): void {
  const building = `${file}.${randomUUID()}.tmp`;
  writePrivateFile(building, Buffer.from(JSON.stringify(note)));
  renameSync(building, file);
}

function readNote(file: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Note;
  } catch {
    // Its holder took the lock this instant and has not written it yet.
    return undefined;
  }
}

function taken(key: string, noteFile: string): JournalError {
  const note = readNote(noteFile);
  if (!note) {
    return new JournalError(75, `another run holds the mutex "${key}"`, "see which one with `runsheet runs`");
  }
  const { runId, actor, pid, sinceWallMs } = note;
  const since = new Date(sinceWallMs).toISOString().slice(0, 19).replace("T", " ");
  return new JournalError(
    75,
    `run ${runId} holds the mutex "${key}" (${actor.user}@${actor.host}, pid ${pid}, since ${since}Z)`,
    `wait until it ends (\`runsheet attach ${runId}\`) or stop it (\`runsheet stop ${runId}\`)`,
  );
}
