import type { Span } from "../../domain/runbook.ts";

/** Half-open range of offsets in a source text. */
export type Range = { readonly start: number; readonly end: number };

/** The text of a file with its lines. */
export type Source = {
  readonly file: string;
  readonly text: string;
  /** Offsets at which lines begin. */
  readonly lineStarts: readonly number[];
};

export function sourceOf(file: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** `length` ends with the first line of the range, so that a caret line can be drawn. */
export function spanAt(source: Source, { start, end }: Range): Span {
  const line = lineIndex(source, start);
  const lineStart = source.lineStarts[line] as number;
  const lineEnd = lineStart + lineText(source, line + 1).length;
  const length = Math.max(1, Math.min(end, lineEnd) - start);
  return { file: source.file, line: line + 1, column: start - lineStart + 1, length };
}

/** The text of line `line` (from 1) without its ending. */
export function lineText(source: Source, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return "";
  const next = source.lineStarts[line];
  return source.text.slice(start, next === undefined ? source.text.length : next - 1).replace(/\r$/, "");
}

export function lineIndex(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
