import { z } from "zod";
import { type ExactJson, parseExactJson } from "../../lib/exact-json.ts";
import { regex, valueTest, wantedInstead } from "../value-test.ts";
import type { HttpAnswer } from "./client.ts";
import { parsePath, valueAt } from "./json-path.ts";

/** What an answer has to look like. All given parts must hold; without `status`, any 2xx. */
export const condition = z.strictObject({
  status: z.union([z.int(), z.array(z.int()).min(1)]).optional(),
  equals: z.string().optional().describe("the body without white space around it"),
  contains: z.string().optional(),
  matches: regex.optional(),
  json: z
    .record(
      z.string().refine((path) => parsePath(path) !== undefined, "not a path such as a.b[0].c"),
      valueTest,
    )
    .optional()
    .describe(
      "path inside a JSON body -> value, or { equals, not, in, matches, exists, above, atLeast, below, atMost, newerThan }",
    ),
});

export type Condition = z.infer<typeof condition>;

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
    const reason = wantedInstead(wish, value, now);
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
