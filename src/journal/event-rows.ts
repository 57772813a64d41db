import type { Event, RecordedEvent } from "../domain/event.ts";
import { ChainCheck, type EventRow, headerHash } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { readMeta } from "./format.ts";

/** An event row with its hash. */
export type ChainedRow = { readonly row: EventRow; readonly hash: string };

/**
 * The rows from `fromSeq` on, in order. Each is checked against its hash; throws `JournalError` 76 at the first that does
 * not fit.
 */
export function* chainedRows(db: Connection, file: string, fromSeq = 1): Generator<ChainedRow> {
  const chain = chainBefore(db, file, Math.max(1, fromSeq));
  for (const chained of pagedRows(db, chain.seq + 1)) {
    chain.follow(chained.row, chained.hash);
    yield chained;
  }
}

/** The same for a journal that was checked already, read in pages: no statement stays open while the caller works. */
export function* pagedRows(db: Connection, fromSeq: number): Generator<ChainedRow> {
  const page = db.prepare(pageSql).raw();
  for (let next = fromSeq; ; ) {
    const rows = page.all(next) as RawRow[];
    for (const raw of rows) yield rowOf(raw);
    if (rows.length < pageRows) return;
    next = (rows.at(-1) as RawRow)[0] + 1;
  }
}

export function recorded(row: EventRow): RecordedEvent {
  const event = JSON.parse(row.body) as Event;
  return { ...event, seq: row.seq, wallMs: row.wallMs, epoch: row.epoch };
}

/** Follows the whole chain and returns where it ends. */
export function checkChain(db: Connection, file: string): ChainCheck {
  const chain = chainBefore(db, file, 1);
  const rows = db.prepare(`${selectSql} ORDER BY seq`).raw().iterate() as IterableIterator<RawRow>;
  for (const raw of rows) {
    const { row, hash } = rowOf(raw);
    chain.follow(row, hash);
  }
  return chain;
}

function chainBefore(db: Connection, file: string, fromSeq: number): ChainCheck {
  const start = new ChainCheck(file, 0, headerHash(readMeta(db)));
  if (fromSeq === 1) return start;
  const before = db
    .prepare("SELECT hash FROM event WHERE seq = ?")
    .pluck()
    .get(fromSeq - 1) as string | undefined;
  // Asked for events beyond the end: there is nothing to follow, and nothing to complain about.
  return new ChainCheck(file, fromSeq - 1, before ?? start.head);
}

type RawRow = [number, number, number, string, number, string, string, string];

const selectSql = "SELECT seq, wall_ms, mono_ms, boot_id, epoch, actor, body, hash FROM event";
const pageRows = 256;
const pageSql = `${selectSql} WHERE seq >= ? ORDER BY seq LIMIT ${pageRows}`;

function rowOf(raw: RawRow): ChainedRow {
  const [seq, wallMs, monoMs, bootId, epoch, actor, body, hash] = raw;
  return { row: { seq, wallMs, monoMs, bootId, epoch, actor, body }, hash };
}
