import type { Json } from "./json.ts";

/**
 * A value of the runbook language. Integers are `number` while they are safe integers and `bigint` beyond 2^53, so that
 * nothing is ever rounded.
 */
export type Value = null | boolean | number | bigint | string | readonly Value[] | ValueMap;

export type ValueMap = { readonly [key: string]: Value };

/** Lossless: a `bigint` becomes `{ "$int": "<decimal>" }`, the form in which journals and sockets carry it. */
export function valueToJson(value: Value): Json {
  if (typeof value === "bigint") return { $int: value.toString() };
  if (Array.isArray(value)) return value.map(valueToJson);
  if (value !== null && typeof value === "object") return mapEntries(value as ValueMap, valueToJson);
  return value as Json;
}

/** The inverse of `valueToJson`. */
export function valueFromJson(json: Json): Value {
  if (Array.isArray(json)) return json.map(valueFromJson);
  if (json !== null && typeof json === "object") {
    const int = (json as { $int?: Json }).$int;
    if (typeof int === "string" && Object.keys(json).length === 1) return BigInt(int);
    return mapEntries(json as { [key: string]: Json }, valueFromJson);
  }
  return json as Value;
}

/** How a value reads inside text and as one word of a command: strings as they are, lists and maps as JSON. */
export function valueToText(value: Value): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object") return JSON.stringify(value, bigintAsNumber);
  return String(value);
}

// TypeScript's library does not know JSON.rawJSON (ES2026) yet; Node has it since 21.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function bigintAsNumber(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(value.toString()) : value;
}

function mapEntries<A, B>(map: { readonly [key: string]: A }, change: (value: A) => B): { [key: string]: B } {
  const result: { [key: string]: B } = Object.create(null);
  for (const key of Object.keys(map)) result[key] = change(map[key] as A);
  return result;
}
