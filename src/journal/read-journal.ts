import type { RecordedEvent } from "../domain/event.ts";
import type { Meta } from "./chain.ts";
import { type Connection, openReader } from "./connection.ts";
import { chainedRows, recorded } from "./event-rows.ts";
import { formatOf, readMeta } from "./format.ts";
import { lockIsHeld } from "./lock.ts";
import { lstatOrNothing, runPaths } from "./run-dir.ts";
import { type RunRow, readRunRow } from "./run-row.ts";
import { storageError } from "./sqlite-failure.ts";

/** Looks into a run's journal; changes nothing and disturbs nobody, whoever owns the run. Close it soon. */
export type JournalReader = {
  meta(): Meta;
  /** The run's row as it is now. */
  row(): RunRow;
  /** Events from `fromSeq` (default 1) to the present end, checked against their hashes. */
  read(fromSeq?: number): Generator<RecordedEvent, void>;
  close(): void;
};

/** Throws `JournalError` 74 when it cannot be read, 76 when it is damaged or newer; `read` and `row` do, too. */
export function readJournal(runDir: string, options: { readonly timeoutMs?: number } = {}): JournalReader {
  const { journal } = runPaths(runDir);
  const db = openReader(journal, options.timeoutMs);
  reading(db, journal, () => formatOf(db, journal));
  return {
    meta: () => telling(journal, () => readMeta(db)),
    row: () => telling(journal, () => readRunRow(db)),
    *read(fromSeq = 1) {
      const rows = chainedRows(db, journal, fromSeq);
      for (;;) {
        const next = telling(journal, () => rows.next());
        if (next.done) return;
        yield recorded(next.value.row);
      }
    },
    close: () => void db.close(),
  };
}

/** Whether a living process owns the run now. Takes no lock. */
export function isOwned(runDir: string): boolean {
  const { lock } = runPaths(runDir);
  return lstatOrNothing(lock) !== undefined && lockIsHeld(lock);
}

function reading<T>(db: Connection, file: string, read: () => T): T {
  try {
    return telling(file, read);
  } catch (error) {
    db.close();
    throw error;
  }
}

function telling<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw storageError(error, "read", file);
  }
}
