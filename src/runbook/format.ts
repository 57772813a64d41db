import { relative } from "node:path";
import type { Diagnostic } from "./diagnostic.ts";

/** Longest part of a source line that is shown around the caret. */
const MAX_WIDTH = 100;

/**
 * For people: each problem with `file:line:column`, the line with a caret, and what to write. Plain text without colour;
 * control characters of the file are made visible. `relativeTo` shortens file names.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: { relativeTo?: string } = {}): string {
  return diagnostics.map((diagnostic) => formatOne(diagnostic, options.relativeTo)).join("\n");
}

function formatOne({ severity, code, message, mend, span, line }: Diagnostic, base: string | undefined): string {
  const where = span.file === "" ? "" : `${shownFile(span.file, base)}:${span.line}:${span.column}: `;
  const lines = [`${where}${severity}: ${visible(message)} [${code}]`];
  if (line !== undefined) lines.push(...excerpt(line, span.line, span.column, span.length));
  if (mend !== undefined)
    lines.push(`  ${line === undefined ? "" : " ".repeat(String(span.line).length + 1)}= ${visible(mend)}`);
  return `${lines.join("\n")}\n`;
}

function shownFile(file: string, base: string | undefined): string {
  if (base === undefined) return file;
  const short = relative(base, file);
  return short.startsWith("../../") || short === "" ? file : short;
}

function excerpt(line: string, number: number, column: number, length: number): string[] {
  const from = column - 1 > MAX_WIDTH - 20 ? column - 21 : 0;
  const cut = line.slice(from, from + MAX_WIDTH);
  const before = line.slice(from, column - 1);
  const shown = `${from > 0 ? "…" : ""}${visible(cut)}${line.length > from + MAX_WIDTH ? "…" : ""}`;
  const marked = cut.slice(column - 1 - from, column - 1 - from + length);
  const gutter = String(number);
  const caret = `${" ".repeat(width(visible(before)) + (from > 0 ? 1 : 0))}${"^".repeat(Math.max(1, width(visible(marked))))}`;
  return [`  ${gutter} | ${shown}`, `  ${" ".repeat(gutter.length)} | ${caret}`];
}

/** Tabs become two blanks, other control characters (which could steer the terminal) their picture. */
function visible(text: string): string {
  return text
    .replaceAll("\t", "  ")
    .replace(/[\0-\x1f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "�");
}

/** Columns on a terminal: East Asian wide characters and emoji take two, combining marks none. */
function width(text: string): number {
  let columns = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (/\p{Mark}/u.test(char)) continue;
    const wide =
      (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3);
    const wider =
      (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60);
    columns += wide || wider || code >= 0x1f300 ? 2 : 1;
  }
  return columns;
}
