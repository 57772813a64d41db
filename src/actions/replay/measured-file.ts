import { findBreaks, inBlockOrder } from "./contiguous.ts";
import { type FileProblem, type ParsedFile, quoted, type Row, readRows, readWhole } from "./rows.ts";

/** The blocks `[start, end)` took `seconds`, kept as an exact decimal. */
export type Measurement = {
  readonly start: bigint;
  readonly end: bigint;
  readonly seconds: Decimal;
  readonly line: number;
};

/** `digits * 10 ** -scale`. */
export type Decimal = { readonly digits: bigint; readonly scale: number };

const NAMES = ["start", "end", "seconds"] as const;

/**
 * Reads measured statistics: three columns (start, end, seconds), separated by tabs or commas; a first line of column
 * names is allowed. Comes back in block order, or refused with every problem at once, as for spacing files.
 *
 * @param mayBeEmpty nothing measured is an answer, too
 */
export function parseMeasurements(text: string, mayBeEmpty = false): ParsedFile<Measurement> {
  const rows = readRows(text, /\t|,/).filter((row, index) => index > 0 || !isHeader(row));
  if (rows.length === 0 && !mayBeEmpty)
    return { kind: "refused", problems: [{ line: 0, reason: "no measurements in this file" }] };
  const problems: FileProblem[] = [];
  const records: Measurement[] = [];
  const unreadable: number[] = [];
  for (const row of rows) {
    const read = readMeasurement(row);
    if (Array.isArray(read)) {
      unreadable.push(row.line);
      for (const reason of read) problems.push({ line: row.line, reason });
    } else records.push(read);
  }
  problems.push(...findBreaks(records, unreadable));
  if (problems.length > 0) return { kind: "refused", problems: problems.sort((a, b) => a.line - b.line) };
  return { kind: "ok", records: inBlockOrder(records) };
}

/** Exact seconds with up to nine decimals; undefined when the text is no decimal number. */
export function readDecimal(text: string): Decimal | undefined {
  const match = /^([0-9]{1,20})(?:\.([0-9]{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? "";
  return { digits: BigInt(match[1]! + fraction), scale: fraction.length };
}

function readMeasurement(row: Row): Measurement | string[] {
  if (row.fields.length !== NAMES.length) {
    return [`${row.fields.length} columns where 3 belong (start, end, seconds, separated by tabs or commas)`];
  }
  const start = readWhole("start", row.fields[0]!);
  const end = readWhole("end", row.fields[1]!);
  const seconds = readDecimal(row.fields[2]!);
  const reasons = [start, end].flatMap((number) => (typeof number === "bigint" ? [] : [number.reason]));
  if (seconds === undefined) reasons.push(`seconds ${quoted(row.fields[2]!)} is not a number such as 10800 or 941.25`);
  if (seconds?.digits === 0n) reasons.push("seconds is 0; a measurement takes time");
  if (typeof start === "bigint" && typeof end === "bigint" && start >= end) {
    reasons.push(`start ${start} is not below end ${end}`);
  }
  if (reasons.length > 0 || typeof start !== "bigint" || typeof end !== "bigint" || seconds === undefined)
    return reasons;
  return { start, end, seconds, line: row.line };
}

function isHeader(row: Row): boolean {
  return row.fields.every((field, index) => field.toLowerCase() === NAMES[index]);
}
