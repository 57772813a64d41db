import { findBreaks, inBlockOrder } from "./contiguous.ts";
import { type FileProblem, type ParsedFile, type Row, readRows, readWhole } from "./rows.ts";

/** Blocks `[start, end)` of which `span` blocks can be processed in one period. */
export type SpacingRecord = {
  readonly start: bigint;
  readonly end: bigint;
  readonly span: bigint;
  readonly line: number;
};

const COLUMNS = ["start", "end", "blocks per period"] as const;

/**
 * Reads a spacing file: three columns, separated by `separator` (a tab in the file that people write, a comma in the
 * expanded manifest). The records come back in block order. Refuses with every problem of the file at once: missing
 * separators, columns that are not whole numbers, start not below end, a span of zero, gaps, overlaps, duplicates.
 */
export function parseSpacing(text: string, separator: "\t" | "," = "\t"): ParsedFile<SpacingRecord> {
  const rows = readRows(text, separator);
  if (rows.length === 0) return { kind: "refused", problems: [{ line: 0, reason: "no records in this file" }] };
  const problems: FileProblem[] = [];
  const records: SpacingRecord[] = [];
  const unreadable: number[] = [];
  for (const row of rows) {
    const read = readRecord(row, separator);
    for (const reason of read.reasons) problems.push({ line: row.line, reason });
    if (read.record === undefined) unreadable.push(row.line);
    else records.push(read.record);
  }
  problems.push(...findBreaks(records, unreadable));
  if (problems.length > 0) return { kind: "refused", problems: problems.sort((a, b) => a.line - b.line) };
  return { kind: "ok", records: inBlockOrder(records) };
}

/** A record with usable start and end takes part in the search for gaps even when its span is refused. */
function readRecord(row: Row, separator: string): { record?: SpacingRecord; reasons: string[] } {
  if (row.fields.length !== COLUMNS.length) return { reasons: [wrongColumns(row, separator)] };
  const numbers = row.fields.map((field, index) => readWhole(COLUMNS[index]!, field));
  const reasons = numbers.flatMap((number) => (typeof number === "bigint" ? [] : [number.reason]));
  const [start, end, span] = numbers;
  if (span === 0n) reasons.push("blocks per period is 0; it must be at least 1");
  if (typeof start !== "bigint" || typeof end !== "bigint") return { reasons };
  if (start >= end) return { reasons: [...reasons, `start ${start} is not below end ${end}`] };
  return { record: { start, end, span: typeof span === "bigint" ? span : 0n, line: row.line }, reasons };
}

function wrongColumns(row: Row, separator: string): string {
  const name = separator === "\t" ? "tab" : "comma";
  const [only] = row.fields;
  if (row.fields.length === 1 && /^\S+\s+\S+\s+\S+$/.test(only ?? "")) {
    return `missing ${name}: the columns are separated by spaces; put one ${name} between start, end and blocks per period`;
  }
  const missing = row.fields.length < COLUMNS.length ? `missing ${name}: ` : "";
  return `${missing}${row.fields.length} column${row.fields.length === 1 ? "" : "s"} where 3 belong (start, end, blocks per period, each separated by a ${name})`;
}
