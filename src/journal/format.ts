import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { JournalError } from "../domain/ports.ts";
import { headerHash, type Meta } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { APPLICATION_ID, FORMAT, SCHEMA_1 } from "./schema.ts";

/** Fills a new database: tables, identity and the run's row. One transaction. */
export function createTables(db: Connection, meta: Meta): void {
  db.transaction(() => {
    db.exec(SCHEMA_1);
    db.prepare("INSERT INTO meta (id, run_id, app_version, created_wall_ms, machine_id) VALUES (1, ?, ?, ?, ?)").run(
      meta.runId,
      meta.appVersion,
      meta.createdWallMs,
      meta.machineId,
    );
    db.prepare("INSERT INTO run (id, seq, head, epoch, state, updated_wall_ms) VALUES (1, 0, ?, 0, 'new', ?)").run(
      headerHash(meta),
      meta.createdWallMs,
    );
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${FORMAT}`);
  }).immediate();
}

/** The form of a journal's tables. Throws `JournalError` 76 when it is not a journal or newer than this program. */
export function formatOf(db: Connection, file: string, newest = FORMAT): number {
  const id = db.pragma("application_id", { simple: true });
  if (id !== APPLICATION_ID) {
    throw new JournalError(76, `${file} is not a journal of runsheet`, "restore it from a backup");
  }
  const format = db.pragma("user_version", { simple: true }) as number;
  if (format > newest) throw tooNew(db, file, format);
  if (format >= 1) return format;
  throw new JournalError(76, `${file} has no format (user_version is ${format})`, "restore it from a backup");
}

export function readMeta(db: Connection): Meta {
  const row = db.prepare("SELECT run_id, app_version, created_wall_ms, machine_id FROM meta").raw().get() as
    | [string, string, number, string]
    | undefined;
  if (!row) throw new JournalError(76, `${db.name} has lost its identity (meta is empty)`, "restore it from a backup");
  const [runId, appVersion, createdWallMs, machineId] = row;
  return { runId, appVersion, createdWallMs, machineId };
}

/** Names this machine across restarts: `/etc/machine-id` (machine-id(5)), else the host's name. */
export function machineId(): string {
  const file = "/etc/machine-id";
  return (existsSync(file) ? readFileSync(file, "utf8").trim() : "") || hostname();
}

function tooNew(db: Connection, file: string, format: number): JournalError {
  let wanted = "a newer runsheet";
  try {
    wanted = `runsheet ${lastVersion(db)} or newer`;
  } catch {
    // Tables of the future may look different; the number alone already says what to do.
  }
  return new JournalError(
    76,
    `${file} has format ${format}; this program knows formats up to ${FORMAT}`,
    `use ${wanted} for this run; nothing was changed`,
  );
}

function lastVersion(db: Connection): string {
  const owner = db.prepare("SELECT owner ->> '$.version' FROM run").pluck().get();
  return typeof owner === "string" ? owner : readMeta(db).appVersion;
}
