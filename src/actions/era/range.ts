import { type Failure, failure } from "../../domain/failure.ts";

/** Both ends are included; without `to` the range is open and ends where the source ends. */
export type EraRange = { readonly from: number; readonly to: number | undefined };

/** A closed range. */
export type EraRun = { readonly from: number; readonly to: number };

const HIGHEST_ERA = 9_999_999;

/** `1082`, `1082-1100` or `1082+`. */
export function parseRange(text: string): { kind: "ok"; value: EraRange } | { kind: "failed"; failure: Failure } {
  const match = /^\s*(\d{1,7})\s*(?:(\+)|-\s*(\d{1,7}))?\s*$/.exec(text);
  if (match === null) return refuse(`"${text}" is no range of eras`);
  const from = Number(match[1]);
  const to = match[2] === "+" ? undefined : Number(match[3] ?? match[1]);
  if (to !== undefined && to < from) return refuse(`the range ${text} ends before it begins`);
  return { kind: "ok", value: { from, to } };
}

export function formatRange({ from, to }: EraRange): string {
  if (to === undefined) return `${from}+`;
  return from === to ? `${from}` : `${from}-${to}`;
}

export function isInRange({ from, to }: EraRange, era: number): boolean {
  return era >= from && era <= (to ?? HIGHEST_ERA);
}

/** Eras as ascending runs, which stay few where single numbers would be thousands. */
export function runsOf(eras: readonly number[]): EraRun[] {
  const runs: { from: number; to: number }[] = [];
  for (const era of eras) {
    const last = runs.at(-1);
    if (last !== undefined && era === last.to + 1) last.to = era;
    else runs.push({ from: era, to: era });
  }
  return runs;
}

/** `1082-1084, 1090` */
export function formatRuns(runs: readonly EraRun[]): string {
  return runs.map(formatRange).join(", ");
}

/**
 * The eras that a source should have and has not: between the first and the last of the range, or, in an open range,
 * up to the last one found. `eras` ascends.
 */
export function gapsOf(range: EraRange, eras: readonly number[]): EraRun[] {
  const gaps: EraRun[] = [];
  let next = range.from;
  for (const era of eras) {
    if (era > next) gaps.push({ from: next, to: era - 1 });
    next = Math.max(next, era + 1);
  }
  if (range.to !== undefined && next <= range.to) gaps.push({ from: next, to: range.to });
  return gaps;
}

function refuse(message: string): { kind: "failed"; failure: Failure } {
  const hint = "write one era (1082), a range with both ends (1082-1100), or an open range (1082+)";
  return { kind: "failed", failure: failure("era-range", message, { hint, retryable: false }) };
}
