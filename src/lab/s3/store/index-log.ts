import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import type { Change } from "./model.ts";

/** The append-only list of changes of an on-disk store, one JSON object per line. */
export type IndexLog = {
  read(): Generator<Change>;
  append(change: Change): void;
  close(): void;
};

/**
 * Opens or creates the log. A last line that a kill left half-written was never answered with success: it is cut off.
 * No fsync: the lab survives kills, not power loss.
 */
export function openIndexLog(path: string): IndexLog {
  const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const complete = text.lastIndexOf("\n") + 1;
  if (complete < text.length) truncateSync(path, complete);
  const file = openSync(path, "a", 0o600);
  return {
    *read() {
      let start = 0;
      while (start < complete) {
        const end = text.indexOf("\n", start);
        yield JSON.parse(text.toString("utf8", start, end)) as Change;
        start = end + 1;
      }
    },
    append: (change) => void writeSync(file, `${JSON.stringify(change)}\n`),
    close: () => closeSync(file),
  };
}
