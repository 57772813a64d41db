import Database from "better-sqlite3";
import { storageError, storageFault } from "./sqlite-failure.ts";

/**
 * A lock that the kernel frees at any kind of death of this process, and only then: an SQLite database in rollback mode
 * with an exclusive transaction that never ends. Children do not inherit it. A stopped process keeps it.
 *
 * Never open such a file with `node:fs` in the process that holds it: closing any descriptor of a file drops all POSIX
 * locks that the process has on it (fcntl(2)).
 */
export type HeldLock = { release(): void };

/**
 * Takes the lock, or returns `undefined` when another process has it. Tries for `patienceMs`, because somebody who only
 * looks whether it is held (`lockIsHeld`) holds it back for microseconds. Throws `JournalError` 74 or 76.
 */
export async function acquireLock(file: string, patienceMs = 200): Promise<HeldLock | undefined> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const held = tryAcquire(file);
    if (held) return held;
    if (performance.now() >= deadline) return undefined;
    // Random, so that competitors who refuse each other at one instant do not meet again at the next.
    await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 20));
  }
}

/** Whether some process, this one included, holds the lock. Takes nothing and waits for nobody. */
export function lockIsHeld(file: string): boolean {
  return withLockFile(
    file,
    { readonly: true },
    (db) => {
      db.pragma("user_version");
      db.close();
      return false;
    },
    true,
  );
}

/** Writes a lock file. The file must exist and be empty, with the mode it shall have. */
export function createLockFile(file: string): void {
  withLockFile(
    file,
    {},
    (db) => {
      db.pragma("journal_mode = DELETE");
      // A lock taken on an empty database would start a rollback journal.
      db.pragma(`application_id = ${0x526e4c6b}`);
      db.close();
    },
    undefined,
  );
}

function tryAcquire(file: string): HeldLock | undefined {
  return withLockFile<HeldLock | undefined>(
    file,
    {},
    (db) => {
      db.exec("BEGIN EXCLUSIVE");
      held.add(db);
      return {
        release: () => {
          held.delete(db);
          db.close();
        },
      };
    },
    undefined,
  );
}

// The garbage collector closes databases that nobody refers to. A process that waits for something else altogether may
// well have let go of its lock object; the lock must not go with it.
const held = new Set<Database.Database>();

function withLockFile<T>(
  file: string,
  options: { readonly?: boolean },
  use: (db: Database.Database) => T,
  whenBusy: T,
): T {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { ...options, fileMustExist: true, timeout: 0 });
    return use(db);
  } catch (error) {
    db?.close();
    if (storageFault(error) === "busy") return whenBusy;
    throw storageError(error, "lock", file);
  }
}
