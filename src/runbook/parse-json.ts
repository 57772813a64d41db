import type { Value } from "../domain/value.ts";

/**
 * Like `JSON.parse`, but exact: integers beyond 2^53 are `bigint`, and `__proto__` is a key like any other, as objects have
 * no prototype.
 *
 * @throws SyntaxError for text that is not JSON, and for nesting deeper than 1,000.
 */
export function parseJson(text: string): Value {
  // The reviver sees the literal's source text (ES2026, in Node since 21), which TypeScript's library does not know yet.
  const revive = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) ? exactNumber(value, context.source) : value;
  return plain(JSON.parse(text, revive as (key: string, value: unknown) => unknown), 0);
}

function exactNumber(value: number, source: string | undefined): number | bigint {
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function plain(value: unknown, depth: number): Value {
  if (value === null || typeof value !== "object") return value as Value;
  if (depth >= MAX_DEPTH) throw new SyntaxError(`JSON is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const result: { [key: string]: Value } = Object.create(null);
  for (const key of Object.keys(value)) result[key] = plain((value as { [key: string]: unknown })[key], depth + 1);
  return result;
}

const MAX_DEPTH = 1000;
