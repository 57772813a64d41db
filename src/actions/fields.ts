import { z } from "zod";

/** A duration in `with:`: text with a unit (`500ms`, `5s`, `15m`, `3h`, `2d`), or milliseconds as an expression yields them. */
export const duration = z
  .union([
    z.number().nonnegative(),
    z
      .string()
      .regex(
        /^(\d+(\.\d+)?(ms|s|m|h|d))+$/,
        'a duration such as "500ms", "5s", "15m", "3h" or "2d"; combine units as in "1h30m"',
      ),
  ])
  .describe("a duration such as 500ms, 5s, 15m, 3h or 2d");

/** A duration longer than nothing. */
export const positiveDuration = duration.refine((value) => toMs(value) > 0, "must be longer than 0");

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a value that `duration` accepted. */
export function toMs(value: number | string): number {
  if (typeof value === "number") return value;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNIT_MS[unit!]!;
  }
  return Math.round(total);
}

/** A whole number of any size, not negative: a number, a bigint as expressions yield it, or decimal digits as text. */
export const whole = z
  .preprocess(
    (value) => (typeof value === "bigint" ? value.toString() : value),
    z.union([z.int().nonnegative(), z.string().regex(/^\d{1,40}$/, "a whole number, digits only")]),
  )
  .describe("a whole number, exact at any size");

/** A whole number of at least 1. */
export const positiveWhole = whole.refine((value) => BigInt(value) > 0n, "must be at least 1");

/** A whole number as an action returns it: beyond 2^53 as decimal digits, never rounded. */
export const wholeOutput = z.union([z.int(), z.string().regex(/^\d+$/)]);

/** The JSON form of a whole number: a number while that is exact, else its digits. */
export function wholeToJson(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** A file or directory; relative paths are relative to the runbook's directory (or the step's `cwd`). */
export const path = z.string().min(1).describe("a path, relative to the runbook's directory");
