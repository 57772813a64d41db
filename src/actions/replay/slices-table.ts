import type { SliceBounds } from "./slices.ts";

/** A slice together with the snapshot it starts from (`genesis` when none lies below it). */
export type PlannedSlice = SliceBounds & { readonly snapshot: string };

const HEADINGS = ["slice", "snapshot", "sync until", "terminate at", "blocks", "share", "periods"] as const;

/**
 * The slices as lines of a table for people. `blocks` is what the slice syncs between its two bounds; `share` is its part
 * of all slices' blocks. Slices hold about the same number of periods, and so of hours, not of blocks.
 */
export function slicesTable(slices: readonly PlannedSlice[]): string[] {
  const blocks = slices.map(({ syncUntil, terminateAt }) => (terminateAt > syncUntil ? terminateAt - syncUntil : 0n));
  const total = blocks.reduce((sum, count) => sum + count, 0n);
  const rows = slices.map((slice, index) => [
    `${slice.slice}`,
    slice.snapshot,
    `${slice.syncUntil}`,
    `${slice.terminateAt}`,
    grouped(blocks[index]!),
    percent(blocks[index]!, total),
    `${slice.periods}`,
  ]);
  const sum = ["all", "", "", "", grouped(total), percent(total, total), `${periodsOf(slices)}`];
  const table = [[...HEADINGS], ...rows, sum];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column]!, column === 1))
      .join("  ")
      .trimEnd(),
  );
}

/** `1234567` as `1,234,567`. */
export function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function percent(part: bigint, total: bigint): string {
  if (total === 0n) return "-";
  const tenths = (part * 2000n + total) / (2n * total);
  return `${tenths / 10n}.${tenths % 10n} %`;
}

function periodsOf(slices: readonly PlannedSlice[]): number {
  return slices.reduce((sum, slice) => sum + slice.periods, 0);
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}
