import Database from "better-sqlite3";
import type { Event } from "../../domain/event.ts";
import type { Meta } from "../chain.ts";
import type { Connection } from "../connection.ts";
import type { ChainedRow } from "../event-rows.ts";
import { createTables } from "../format.ts";
import { Projection } from "../projection.ts";

/** Rows made anew, in memory, from events alone. */
export type Replay = {
  /** Throws when the event contradicts the rows that the earlier ones made. */
  apply(chained: ChainedRow): void;
  /** Brings the run's row to the last event that was applied. */
  finish(): Connection;
  close(): void;
};

export function startReplay(meta: Meta): Replay {
  const db = new Database(":memory:");
  // Rows point at events, which are not copied.
  db.pragma("foreign_keys = OFF");
  createTables(db, meta);
  const projection = new Projection(db);
  let last: ChainedRow | undefined;
  db.exec("BEGIN");
  return {
    apply: (chained) => {
      projection.apply(JSON.parse(chained.row.body) as Event, chained.row);
      last = chained;
    },
    finish: () => {
      if (last) {
        const { seq, wallMs } = last.row;
        db.prepare("UPDATE run SET seq = ?, head = ?, updated_wall_ms = ?").run(seq, last.hash, wallMs);
      }
      db.exec("COMMIT");
      return db;
    },
    close: () => void db.close(),
  };
}

/** What must be as the events make it, with the columns that order it: first of all the tables themselves. */
const compared = [
  ["sqlite_schema", "type, name", "type, name, tbl_name, sql"],
  ["run", "id", "*"],
  ["step", "address", "*"],
  ["attempt", "address, n", "*"],
  ["decision", "prompt_id", "*"],
] as const;

/** The first difference per table, in words. */
export function rowDifferences(stored: Connection, replayed: Connection): string[] {
  const differences: string[] = [];
  for (const [table, key, columns] of compared) {
    const sql = `SELECT ${columns} FROM ${table} ORDER BY ${key}`;
    const rows = replayed.prepare(sql).iterate();
    let number = 0;
    for (const row of stored.prepare(sql).iterate()) {
      number++;
      const expected = rows.next().value;
      const difference = differenceOf(row as Row, expected as Row | undefined);
      if (difference === undefined) continue;
      differences.push(`${table}, row ${number}: ${difference}`);
      break;
    }
    const missing = rows.next();
    rows.return?.();
    if (!missing.done && differences.at(-1)?.startsWith(`${table},`) !== true) {
      differences.push(`${table} lacks a row: ${JSON.stringify(missing.value).slice(0, 200)}`);
    }
  }
  return differences;
}

type Row = { readonly [column: string]: unknown };

function differenceOf(stored: Row, expected: Row | undefined): string | undefined {
  if (!expected) return `should not exist: ${JSON.stringify(stored).slice(0, 200)}`;
  const column = Object.keys(stored).find((name) => stored[name] !== expected[name]);
  if (column === undefined) return undefined;
  return `${column} is ${JSON.stringify(stored[column])}, its events say ${JSON.stringify(expected[column])}`;
}
