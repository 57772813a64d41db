import type { FileProblem } from "./rows.ts";

/** A half-open block range `[start, end)` that stands on a line of a file. */
export type BlockRange = { readonly start: bigint; readonly end: bigint; readonly line: number };

/**
 * Every place where the ranges do not join up: gaps, overlaps and duplicates, each told at the later line in block order
 * and naming the other one. The order of the lines does not matter. A gap around a line that could not be read
 * (`unreadable`) is not reported: mending that line is what closes it.
 */
export function findBreaks(ranges: readonly BlockRange[], unreadable: readonly number[]): FileProblem[] {
  const problems: FileProblem[] = [];
  let furthest: BlockRange | undefined;
  for (const range of inBlockOrder(ranges)) {
    if (furthest !== undefined) {
      const reason = breakBetween(furthest, range, unreadable);
      if (reason !== undefined) problems.push({ line: range.line, reason });
    }
    if (furthest === undefined || range.end > furthest.end) furthest = range;
  }
  return problems;
}

/** Sorted by start, then end, then line. */
export function inBlockOrder<T extends BlockRange>(ranges: readonly T[]): T[] {
  return [...ranges].sort((a, b) => compare(a.start, b.start) || compare(a.end, b.end) || a.line - b.line);
}

function breakBetween(before: BlockRange, range: BlockRange, unreadable: readonly number[]): string | undefined {
  if (range.start === before.start && range.end === before.end) return `duplicate of line ${before.line}`;
  if (range.start < before.end) {
    const shared = lesser(range.end, before.end) - range.start;
    return `overlap of ${shared} blocks with line ${before.line}, which ends at ${before.end}`;
  }
  if (range.start === before.end || unreadable.some(isBetween(before.line, range.line))) return undefined;
  return `gap of ${range.start - before.end} blocks: line ${before.line} ends at ${before.end}, this line starts at ${range.start}`;
}

function isBetween(a: number, b: number): (line: number) => boolean {
  return (line) => line > Math.min(a, b) && line < Math.max(a, b);
}

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
