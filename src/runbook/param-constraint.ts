import type { ParamSpec } from "../domain/runbook.ts";
import { type Value, valueToText } from "../domain/value.ts";
import { matchesWhole } from "../lib/guarded-regex.ts";
import { nearest } from "./suggest.ts";
import { formatDuration } from "./units.ts";

export type Violation = { readonly kind: "invalid"; readonly message: string; readonly mend?: string };

/** How a value in its final form breaks the rules of its declaration (enum, pattern, min, max), or `undefined`. */
export function constraintProblem(spec: ParamSpec, value: Value): Violation | undefined {
  if (spec.enum && !spec.enum.some((allowed) => valueToText(allowed) === valueToText(value))) {
    const all = spec.enum.map(valueToText);
    const hint = nearest(valueToText(value), all);
    return invalid(
      `${shown(value)} is none of: ${all.join(", ")}`,
      hint === undefined ? "write one of them" : `write: ${hint}`,
    );
  }
  return patternOrBounds(spec, value);
}

function patternOrBounds(spec: ParamSpec, value: Value): Violation | undefined {
  for (const text of spec.pattern === undefined ? [] : Array.isArray(value) ? value : [value]) {
    try {
      if (!matchesWhole(spec.pattern as string, valueToText(text as Value))) {
        const what = spec.type === "secret" ? "the value" : shown(text as Value);
        return invalid(`${what} does not match ${spec.pattern}`, "write a text of that form");
      }
    } catch (cause) {
      return invalid((cause as Error).message, "simplify the pattern");
    }
  }
  const [amount, unit] = amountOf(spec, value);
  if (spec.min !== undefined && amount < (spec.min as number)) {
    return invalid(`${unit} is below the minimum ${amountText(spec, spec.min)}`, "write more");
  }
  if (spec.max !== undefined && amount > (spec.max as number)) {
    return invalid(`${unit} is above the maximum ${amountText(spec, spec.max)}`, "write less");
  }
  return undefined;
}

/** What `min` and `max` are about: the number itself, the length of a text, the count of a list. */
function amountOf(spec: ParamSpec, value: Value): readonly [number | bigint, string] {
  if (typeof value === "string") return [[...value].length, `its length ${[...value].length}`];
  if (Array.isArray(value)) return [value.length, `its count ${value.length}`];
  if (typeof value === "number" || typeof value === "bigint") return [value, amountText(spec, value)];
  return [0, ""];
}

function amountText(spec: ParamSpec, amount: Value): string {
  return spec.type === "duration" && typeof amount === "number" ? formatDuration(amount) : valueToText(amount);
}

export function invalid(message: string, mend?: string): Violation {
  return { kind: "invalid", message, ...(mend === undefined ? {} : { mend }) };
}

/** A value inside a message, cut when it is long. */
export function shown(value: Value): string {
  if (value === null) return "nothing";
  const text = valueToText(value);
  const clipped = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return typeof value === "string" ? JSON.stringify(clipped) : clipped;
}
