import type { Piece } from "./manifest.ts";

/** One share of a replay: start from a state below `syncUntil`, sync until there, stop at `terminateAt`. */
export type SliceBounds = {
  /** Counts from 1. */
  readonly slice: number;
  readonly syncUntil: bigint;
  readonly terminateAt: bigint;
  /** Start of the last manifest record that this slice was cut from. */
  readonly largestStart: bigint;
  /** How many manifest records it was cut from. */
  readonly periods: number;
};

/**
 * Divides the pieces of a manifest into `count` slices of `floor(pieces / count)` records, the last one with the rest.
 * With `key` the start of the record that closes a slice, the slice terminates at the multiple of `stride` nearest to
 * `key` (half to even) and the next one begins one block before the multiple at or below `key`, never below 0. So
 * slices overlap on purpose, by 1 up to stride + 1 blocks, and every block log of `stride` blocks is whole in one of them.
 *
 * Needs at least `count` pieces; the caller has checked that (`slices-too-few-records`).
 */
export function cutSlices(pieces: readonly Piece[], count: number, stride: bigint): SliceBounds[] {
  if (count < 1 || pieces.length < count) throw new RangeError(`${pieces.length} pieces cannot make ${count} slices`);
  const size = Math.floor(pieces.length / count);
  const slices: SliceBounds[] = [];
  let syncUntil = 0n;
  for (let slice = 1; slice <= count; slice++) {
    const last = slice === count ? pieces.length : slice * size;
    const key = pieces[last - 1]!.start;
    const terminateAt = roundHalfEven(key, stride) * stride;
    slices.push({ slice, syncUntil, terminateAt, largestStart: key, periods: last - (slice - 1) * size });
    const next = (key / stride) * stride;
    syncUntil = next > 0n ? next - 1n : 0n;
  }
  return slices;
}

/** `value / divisor`, rounded to the nearest integer; a tie goes to the even one. Both are not negative. */
export function roundHalfEven(value: bigint, divisor: bigint): bigint {
  const whole = value / divisor;
  const twice = 2n * (value % divisor);
  if (twice < divisor) return whole;
  if (twice > divisor) return whole + 1n;
  return whole % 2n === 0n ? whole : whole + 1n;
}
