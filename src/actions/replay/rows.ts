/** One line of a column file that carries data. `line` counts from 1. */
export type Row = { readonly line: number; readonly fields: readonly string[] };

/** Why a line is refused, in words for the operator. `line` 0 means the file as a whole. */
export type FileProblem = { readonly line: number; readonly reason: string };

/** All of a file, or everything that is wrong with it. */
export type ParsedFile<T> =
  | { readonly kind: "ok"; readonly records: readonly T[] }
  | { readonly kind: "refused"; readonly problems: readonly FileProblem[] };

/**
 * Splits a text into the fields of its data lines. Blank lines and comments (`#` at the start of a line, or after white
 * space) are left out; CRLF, a byte order mark and a missing last newline are accepted; fields are trimmed.
 */
export function readRows(text: string, separator: string | RegExp): Row[] {
  const rows: Row[] = [];
  // A trailing CR is white space and goes with it.
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [index, raw] of lines.entries()) {
    const content = raw.replace(/(^|\s)#.*$/s, "").trimEnd();
    if (content === "") continue;
    rows.push({ line: index + 1, fields: content.split(separator).map((field) => field.trim()) });
  }
  return rows;
}

const MAX_DIGITS = 40;

/** A block number: decimal digits only, exact at any size. Anything else is a reason for the operator. */
export function readWhole(name: string, field: string): bigint | { readonly reason: string } {
  if (!/^[0-9]+$/.test(field)) return { reason: `${name} ${quoted(field)} is not a whole number (digits only)` };
  if (field.length > MAX_DIGITS)
    return { reason: `${name} has ${field.length} digits; at most ${MAX_DIGITS} are read` };
  return BigInt(field);
}

/** A field as it may be shown: control characters escaped, cut to a readable length. */
export function quoted(field: string): string {
  return JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field);
}
