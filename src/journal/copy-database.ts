import Database from "better-sqlite3";
import type { Connection } from "./connection.ts";
import { syncFile, writePrivateFile } from "./private-files.ts";

/**
 * Copies a database, also while its owner writes, to a new file of mode 0600: one consistent moment, one file, durable.
 * (Copying the files of a live database would miss its log.)
 */
export async function copyDatabase(from: Connection, file: string): Promise<void> {
  writePrivateFile(file, new Uint8Array());
  await from.backup(file);
  const copy = new Database(file, { fileMustExist: true });
  try {
    copy.pragma("journal_mode = DELETE");
  } finally {
    copy.close();
  }
  syncFile(file);
}
