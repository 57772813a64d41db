import type { Piece } from "./manifest.ts";

/**
 * The heights at which a slice takes snapshots: every border between two periods that lies behind `syncUntil` and before
 * `terminateAt`, so that each period can later begin from a snapshot. A border at `terminateAt` belongs to the next
 * slice, because the node ends there. Neighbouring slices overlap, so all borders are taken by one of them.
 */
export function snapshotPoints(pieces: readonly Piece[], syncUntil: bigint, terminateAt: bigint): bigint[] {
  const borders = pieces.map(({ start }) => start);
  const last = pieces.at(-1);
  if (last !== undefined) borders.push(last.end);
  return borders.filter((border) => border > syncUntil && border < terminateAt);
}
