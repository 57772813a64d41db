import { z } from "zod";
import type { ExactJson } from "../lib/exact-json.ts";
import { compareNumbers, timeOf } from "./compare.ts";
import { duration, toMs } from "./fields.ts";

// Expressions yield integers beyond 2^53 as bigint; here they are digits.
const asDigits = (value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
const scalar = z.preprocess(asDigits, z.union([z.string(), z.number(), z.boolean(), z.null()]));
const limit = z.preprocess(asDigits, z.union([z.number(), z.string()]));

/** A regular expression as text. */
export const regex = z.string().refine(isRegex, "not a regular expression");

/** What a value has to be; a plain value means `equals`. Numbers compare exactly, also as digits in text. */
export const valueTest = z.union([
  scalar,
  z.strictObject({
    equals: scalar.optional(),
    not: scalar.optional(),
    in: z.array(scalar).optional(),
    matches: regex.optional(),
    exists: z.boolean().optional(),
    above: limit.optional(),
    atLeast: limit.optional(),
    below: limit.optional(),
    atMost: limit.optional(),
    newerThan: duration.optional().describe("a time (UTC when it names no zone) at most this long ago"),
  }),
]);

export type ValueTest = z.infer<typeof valueTest>;

/** What the value should be instead, or undefined when it passes. `now` is for `newerThan`, in milliseconds. */
export function wantedInstead(wish: ValueTest, value: ExactJson | undefined, now: number): string | undefined {
  if (wish === null || typeof wish !== "object") return isEqual(value, wish) ? undefined : JSON.stringify(wish);
  const { equals, not, matches, exists, above, atLeast, below, atMost, newerThan } = wish;
  if (exists !== undefined && (value !== undefined) !== exists) return exists ? "present" : "absent";
  if (equals !== undefined && !isEqual(value, equals)) return JSON.stringify(equals);
  if (not !== undefined && isEqual(value, not)) return `other than ${JSON.stringify(not)}`;
  if (wish.in !== undefined && !wish.in.some((one) => isEqual(value, one))) return `one of ${JSON.stringify(wish.in)}`;
  if (matches !== undefined && !(typeof value === "string" && new RegExp(matches).test(value)))
    return `like /${matches}/`;
  if (above !== undefined && !((compareNumbers(value, above) ?? 0) > 0)) return `above ${above}`;
  if (atLeast !== undefined && !((compareNumbers(value, atLeast) ?? -1) >= 0)) return `at least ${atLeast}`;
  if (below !== undefined && !((compareNumbers(value, below) ?? 0) < 0)) return `below ${below}`;
  if (atMost !== undefined && !((compareNumbers(value, atMost) ?? 1) <= 0)) return `at most ${atMost}`;
  if (newerThan !== undefined) {
    const time = timeOf(value);
    if (time === undefined || now - time > toMs(newerThan)) return `newer than ${newerThan}`;
  }
  return undefined;
}

function isEqual(value: ExactJson | undefined, wanted: z.infer<typeof scalar>): boolean {
  if (typeof wanted === "number") return compareNumbers(value, wanted) === 0;
  // Digits as text may ask for a number that a double cannot hold.
  if (typeof wanted === "string" && typeof value === "number") return compareNumbers(value, wanted) === 0;
  return value === wanted;
}

function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
