import Database from "better-sqlite3";
import { JournalError } from "../domain/ports.ts";
import { syncFile } from "./private-files.ts";
import { lstatOrNothing } from "./run-dir.ts";
import { storageError, storageFault } from "./sqlite-failure.ts";

export type Connection = Database.Database;

/**
 * The only connection that writes to a journal. Its settings are made explicitly and read back, because the defaults of
 * the driver lose commits at power loss (WAL with synchronous=NORMAL), and read back only after a first read: on a new
 * database SQLite reports FULL until then, whatever it will do.
 *
 * Throws `JournalError` 74 or 76.
 */
export function openWriter(file: string): Connection {
  return opened(file, () => {
    // Readers may hold the file for a moment while its journal mode changes; afterwards there is only one writer.
    const db = new Database(file, { fileMustExist: true, timeout: 2000 });
    return settingUp(db, () => {
      for (const [name, value] of writerPragmas) db.pragma(`${name} = ${value.set}`);
      db.prepare("SELECT count(*) FROM sqlite_schema").get();
      db.pragma("busy_timeout = 0");
      for (const [name, value] of writerPragmas) assertPragma(db, name, value.read, file);
    });
  });
}

/**
 * Fills an empty file that nobody else knows yet, then makes it durable as a whole: cheaper than a journaled transaction,
 * and just as safe, because a crash leaves a file that is thrown away.
 */
export function buildDatabase(file: string, build: (db: Connection) => void): void {
  assertSqliteVersion();
  const db = new Database(file, { fileMustExist: true, timeout: 0 });
  try {
    db.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;");
    build(db);
  } finally {
    db.close();
  }
  syncFile(file);
}

/**
 * Leaves a single file behind: everything checkpointed, no log, no shared memory, so that it can be read from anywhere.
 * When a reader is at it just now, only the checkpoint is made; the next owner goes on from there.
 */
export function closeWriter(db: Connection): void {
  try {
    db.pragma("busy_timeout = 250");
    // The change of mode is a rollback-journal transaction; FULL would not make its end durable.
    db.pragma("synchronous = EXTRA");
    db.pragma("journal_mode = DELETE");
  } catch {
    // Closing is not the time to fail: every event is durable in the log already.
  } finally {
    db.close();
  }
}

/** A connection that cannot change anything. Works while another process owns the run. Throws `JournalError` 74 or 76. */
export function openReader(file: string, timeoutMs = 1000): Connection {
  return opened(file, () => {
    try {
      return readOnly(file, true, timeoutMs);
    } catch (error) {
      if (!needsRecovery.test((error as { code?: string }).code ?? "")) throw error;
      // After a crash somebody with write access must roll back or rebuild the index of the log first.
      return readOnly(file, false, timeoutMs);
    }
  });
}

function readOnly(file: string, readonly: boolean, timeout: number): Connection {
  const db = new Database(file, { readonly, fileMustExist: true, timeout });
  return settingUp(db, () => {
    db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;");
    // A first read, so that what makes the file unreadable shows here.
    db.pragma("application_id");
  });
}

function opened(file: string, open: () => Connection): Connection {
  assertSqliteVersion();
  const stats = lstatOrNothing(file);
  // SQLite would take an empty file for a new database and say nothing.
  if (!stats || stats.size === 0 || !stats.isFile()) {
    const problem = !stats ? "is missing" : stats.isFile() ? "is empty" : "is not a file";
    throw new JournalError(76, `${file} ${problem}`, "restore it from a backup, or see `runsheet state doctor`");
  }
  try {
    return open();
  } catch (error) {
    if (storageFault(error) === "bug") throw error;
    throw storageError(error, "open", file);
  }
}

function settingUp(db: Connection, setUp: () => void): Connection {
  try {
    setUp();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const needsRecovery = /^SQLITE_(READONLY|CANTOPEN|BUSY_RECOVERY)/;

type Pragma = { readonly set: string; readonly read: string | number };

const writerPragmas: readonly (readonly [string, Pragma])[] = [
  ["trusted_schema", { set: "OFF", read: 0 }],
  ["locking_mode", { set: "NORMAL", read: "normal" }],
  ["journal_mode", { set: "WAL", read: "wal" }],
  ["synchronous", { set: "FULL", read: 2 }],
  ["wal_autocheckpoint", { set: "1000", read: 1000 }],
  ["foreign_keys", { set: "ON", read: 1 }],
  ["recursive_triggers", { set: "ON", read: 1 }],
  ["cell_size_check", { set: "ON", read: 1 }],
  ["secure_delete", { set: "ON", read: 1 }],
  ["mmap_size", { set: "0", read: 0 }],
];

function assertPragma(db: Connection, name: string, expected: string | number, file: string): void {
  const actual = db.pragma(name, { simple: true });
  if (actual === expected) return;
  throw new JournalError(
    74,
    `${file}: PRAGMA ${name} is ${actual}, not ${expected}: commits would not be safe`,
    "this needs the bundled SQLite and a local disk; report it with the output of `runsheet --version`",
  );
}

/** Until 3.51.2 two connections that write and checkpoint at one instant could corrupt a WAL (sqlite.org/wal.html#walresetbug). */
function assertSqliteVersion(): void {
  sqliteVersion ??= readVersion();
  const [major = 0, minor = 0, patch = 0] = sqliteVersion.split(".").map(Number);
  if (major * 1e6 + minor * 1e3 + patch >= 3_051_003) return;
  throw new JournalError(74, `SQLite ${sqliteVersion} is too old: 3.51.3 is needed`, "reinstall with `npm install`");
}

export function versionOfSqlite(): string {
  sqliteVersion ??= readVersion();
  return sqliteVersion;
}

let sqliteVersion: string | undefined;

function readVersion(): string {
  const db = new Database(":memory:");
  try {
    return db.prepare("SELECT sqlite_version()").pluck().get() as string;
  } finally {
    db.close();
  }
}
