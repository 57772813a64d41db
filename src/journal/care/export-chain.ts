import { eventLine, headerLine } from "../chain.ts";
import { openReader } from "../connection.ts";
import { chainedRows } from "../event-rows.ts";
import { formatOf, readMeta } from "../format.ts";
import { runPaths } from "../run-dir.ts";
import { storageError } from "../sqlite-failure.ts";

/**
 * The whole record as lines of JSON (without line ends), for archives and for anybody who wants to check it without this
 * program. The first line is the header. Every other line ends in `,"hash":"<64 hex digits>"}`; with that member taken
 * out again (the closing brace stays), its hash is
 *
 *     sha256(hash of the line before + "\n" + line without its hash)        in UTF-8, lower-case hex
 *
 * where the hash of the header is sha256(header). In a shell, for the first event:
 *
 *     { printf '%s' "$header" | sha256sum | cut -c1-64; printf '%s' "$line" | sed 's/,"hash":"[0-9a-f]*"}$/}/'; } | sha256sum
 *
 * Throws `JournalError` 74 or 76 as soon as a line would not be right.
 */
export function* exportChain(runDir: string): Generator<string, void> {
  const { journal } = runPaths(runDir);
  const db = openReader(journal);
  try {
    formatOf(db, journal);
    yield headerLine(readMeta(db));
    for (const { row, hash } of chainedRows(db, journal)) yield `${eventLine(row).slice(0, -1)},"hash":"${hash}"}`;
  } catch (error) {
    throw storageError(error, "read", journal);
  } finally {
    db.close();
  }
}
