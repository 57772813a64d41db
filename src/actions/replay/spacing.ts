import type { Piece } from "./manifest.ts";
import type { Measurement } from "./measured-file.ts";

export type SpacingOptions = {
  /** How long one period should take, in milliseconds. */
  readonly targetMs: number;
  /** Spans are rounded down to a multiple of this many blocks (and are never less than one multiple). */
  readonly multipleOf: bigint;
  /** Neighbours whose rates differ by at most this many percent of the slower one become one record. 0 merges none. */
  readonly mergePercent: number;
};

/** Blocks `[start, end)` and the milliseconds they took, times ten to the `scale` of the measurement that came in. */
type Rate = { start: bigint; end: bigint; time: bigint };

/**
 * A spacing record per measurement, with as many blocks per period as were processed in `targetMs`: contiguous and
 * covering exactly what the measurements cover. The measurements are contiguous and in block order.
 */
export function proposeSpacing(measurements: readonly Measurement[], options: SpacingOptions): Piece[] {
  const scale = Math.max(0, ...measurements.map((measurement) => measurement.seconds.scale));
  const target = BigInt(options.targetMs) * 10n ** BigInt(scale);
  const merged: Rate[] = [];
  for (const { start, end, seconds } of measurements) {
    const time = seconds.digits * 1000n * 10n ** BigInt(scale - seconds.scale);
    const last = merged.at(-1);
    if (last !== undefined && areAlike(last, { start, end, time }, options.mergePercent)) {
      last.end = end;
      last.time += time;
    } else merged.push({ start, end, time });
  }
  return merged.map(({ start, end, time }) => {
    const whole = ((end - start) * target) / time;
    const multiples = whole / options.multipleOf;
    return { start, end, span: (multiples > 0n ? multiples : 1n) * options.multipleOf };
  });
}

/**
 * `spacing` with the measured part put in place of what it said there: what lies outside of `measured` keeps its
 * span, records at the border are cut. Both are contiguous; where they do not touch, only `spacing` counts.
 */
export function overlaySpacing(spacing: readonly Piece[], measured: readonly Piece[]): Piece[] {
  const from = measured[0]?.start;
  const to = measured.at(-1)?.end;
  const first = spacing[0]?.start;
  const last = spacing.at(-1)?.end;
  if (from === undefined || to === undefined || first === undefined || last === undefined) return [...spacing];
  if (to < first || from > last) return [...spacing];
  const before = spacing.filter((record) => record.start < from);
  const after = spacing.filter((record) => record.end > to);
  return [
    ...before.map((record) => (record.end > from ? { ...record, end: from } : record)),
    ...measured,
    ...after.map((record) => (record.start < to ? { ...record, start: to } : record)),
  ];
}

/** A spacing file: `start<TAB>end<TAB>span` per record. */
export function spacingText(records: Iterable<Piece>): string {
  let text = "";
  for (const record of records) text += `${record.start}\t${record.end}\t${record.span}\n`;
  return text;
}

/** Rates blocks/time compared by cross-multiplication, so that nothing is rounded. */
function areAlike(a: Rate, b: Rate, percent: number): boolean {
  if (percent <= 0) return false;
  const left = (a.end - a.start) * b.time;
  const right = (b.end - b.start) * a.time;
  const [slower, faster] = left < right ? [left, right] : [right, left];
  const hundredths = BigInt(Math.round(percent * 100));
  return (faster - slower) * 10_000n <= slower * hundredths;
}
