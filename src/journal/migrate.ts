import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { faultPoint } from "../lib/fault-point.ts";
import { type Connection, openReader, openWriter } from "./connection.ts";
import { copyDatabase } from "./copy-database.ts";
import { formatOf } from "./format.ts";
import { syncDirectory } from "./private-files.ts";
import type { RunPaths } from "./run-dir.ts";
import { FORMAT } from "./schema.ts";
import { storageError } from "./sqlite-failure.ts";

/** One step from a form of the tables to the next. Never changed once it was released. */
export type Migration = { readonly from: number; readonly sql: string };

/** By `from`, without gaps up to `FORMAT - 1`. */
const migrations: readonly Migration[] = [];

/**
 * Brings a journal to the newest form: one transaction with the version number in it, after a copy was made beside it
 * (`journal.format-<n>.bak`). A kill at any point leaves the old form whole. The caller holds the run's lock.
 *
 * Looks with a read-only connection first, so that a journal of a newer program stays as it is, byte for byte.
 * Throws `JournalError` 74 or 76.
 */
export async function migrate(paths: RunPaths, steps = migrations, target = FORMAT): Promise<void> {
  const reader = openReader(paths.journal);
  try {
    const format = formatOf(reader, paths.journal, target);
    if (format === target) return;
    await backUp(reader, paths, format);
  } catch (error) {
    throw storageError(error, "prepare the upgrade of", paths.journal);
  } finally {
    reader.close();
  }
  const writer = openWriter(paths.journal);
  try {
    apply(writer, paths, steps, target);
  } catch (error) {
    throw storageError(error, "upgrade", paths.journal);
  } finally {
    writer.close();
  }
}

async function backUp(reader: Connection, paths: RunPaths, format: number): Promise<void> {
  const copy = join(paths.dir, `journal.format-${format}.bak`);
  rmSync(`${copy}.tmp`, { force: true });
  await copyDatabase(reader, `${copy}.tmp`);
  renameSync(`${copy}.tmp`, copy);
  syncDirectory(paths.dir);
}

function apply(db: Connection, paths: RunPaths, steps: readonly Migration[], target: number): void {
  db.exec("BEGIN EXCLUSIVE");
  try {
    for (let format = formatOf(db, paths.journal, target); format < target; format++) {
      const step = steps.find(({ from }) => from === format);
      if (!step) throw new Error(`no way from journal format ${format} to ${format + 1}`);
      db.exec(step.sql);
      faultPoint("journal.migrate.step");
      db.pragma(`user_version = ${format + 1}`);
    }
    faultPoint("journal.migrate.before");
    db.exec("COMMIT");
    faultPoint("journal.migrate.after");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
