import { z } from "zod";
import { type ExactJson, parseExactJson } from "../../lib/exact-json.ts";
import { duration, toMs } from "../fields.ts";
import type { HttpAnswer } from "./client.ts";
import { compareNumbers, timeOf } from "./compare.ts";
import { parsePath, valueAt } from "./json-path.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const regex = z.string().refine(isRegex, "not a regular expression");

/** What a value inside a JSON answer has to be; a plain value means `equals`. */
const test = z.union([
  scalar,
  z.strictObject({
    equals: scalar.optional(),
    not: scalar.optional(),
    in: z.array(scalar).optional(),
    matches: regex.optional(),
    exists: z.boolean().optional(),
    above: z.union([z.number(), z.string()]).optional(),
    atLeast: z.union([z.number(), z.string()]).optional(),
    below: z.union([z.number(), z.string()]).optional(),
    atMost: z.union([z.number(), z.string()]).optional(),
    newerThan: duration.optional().describe("a time (UTC when it names no zone) at most this long ago"),
  }),
]);

/** What an answer has to look like. All given parts must hold; without `status`, any 2xx. */
export const condition = z.strictObject({
  status: z.union([z.int(), z.array(z.int()).min(1)]).optional(),
  equals: z.string().optional().describe("the body without white space around it"),
  contains: z.string().optional(),
  matches: regex.optional(),
  json: z
    .record(
      z.string().refine((path) => parsePath(path) !== undefined, "not a path such as a.b[0].c"),
      test,
    )
    .optional()
    .describe(
      "path inside a JSON body -> value, or { equals, not, in, matches, exists, above, atLeast, below, atMost, newerThan }",
    ),
});

export type Condition = z.infer<typeof condition>;
type Test = z.infer<typeof test>;

/** Why an answer does not satisfy a condition, or undefined when it does. `now` is for `newerThan`, in milliseconds. */
export function unmet(wanted: Condition, answer: HttpAnswer, now: number): string | undefined {
  const status = statusUnmet(wanted.status, answer.status);
  if (status !== undefined) return status;
  const body = answer.body.toString("utf8");
  if (wanted.equals !== undefined && body.trim() !== wanted.equals.trim()) return `the body is ${show(body)}`;
  if (wanted.contains !== undefined && !body.includes(wanted.contains))
    return `the body lacks ${show(wanted.contains)}`;
  if (wanted.matches !== undefined && !new RegExp(wanted.matches).test(body))
    return `the body does not match /${wanted.matches}/`;
  if (wanted.json === undefined) return undefined;
  const json = jsonOf(answer);
  if (json === undefined) return `the body is not JSON: ${show(body)}`;
  for (const [path, wish] of Object.entries(wanted.json)) {
    const value = valueAt(json, path);
    const reason = testUnmet(wish, value, now);
    if (reason !== undefined) return `${path} is ${value === undefined ? "absent" : show(value)}, not ${reason}`;
  }
  return undefined;
}

/** The body as JSON with exact integers; undefined when it is none. */
export function jsonOf({ body }: HttpAnswer): ExactJson | undefined {
  try {
    return parseExactJson(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Any value, short enough for a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function statusUnmet(wanted: Condition["status"], status: number): string | undefined {
  const isWanted = wanted === undefined ? status >= 200 && status < 300 : [wanted].flat().includes(status);
  return isWanted
    ? undefined
    : `the status is ${status}, not ${wanted === undefined ? "2xx" : [wanted].flat().join(" or ")}`;
}

function testUnmet(wish: Test, value: ExactJson | undefined, now: number): string | undefined {
  if (wish === null || typeof wish !== "object") return isEqual(value, wish) ? undefined : show(wish);
  const { equals, not, matches, exists, above, atLeast, below, atMost, newerThan } = wish;
  if (exists !== undefined && (value !== undefined) !== exists) return exists ? "present" : "absent";
  if (equals !== undefined && !isEqual(value, equals)) return show(equals);
  if (not !== undefined && isEqual(value, not)) return `other than ${show(not)}`;
  if (wish.in !== undefined && !wish.in.some((one) => isEqual(value, one))) return `one of ${show(wish.in)}`;
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
