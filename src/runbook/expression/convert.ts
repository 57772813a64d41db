import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { type Value, type ValueMap, valueToText } from "../../domain/value.ts";
import { formatDuration, narrow } from "../units.ts";

/**
 * How numbers inside a value are seen by CEL. `plain`: integers are `int`, others `double`. `number`: all are `double`, so
 * that 5 / 2 of a parameter declared as number is 2.5. `duration`: milliseconds become durations.
 */
export type NumberMode = "plain" | "number" | "duration";

/** Values as CEL sees them. Maps are wrapped and lists kept per identity, so that looking at one entry costs one entry. */
export function toCel(value: Value, mode: NumberMode = "plain"): unknown {
  switch (typeof value) {
    case "number":
      return celNumber(value, mode);
    case "bigint":
      return mode === "number" ? Number(value) : value;
    case "object":
      if (value === null) return null;
      return Array.isArray(value) ? celList(value, mode) : new CelMap(value as ValueMap, mode);
    default:
      return value;
  }
}

function celNumber(value: number, mode: NumberMode): unknown {
  if (mode === "number") return value;
  if (mode === "duration") return Duration.fromMilliseconds(value);
  return Number.isInteger(value) && Number.isSafeInteger(value) ? BigInt(value) : value;
}

const lists = new WeakMap<readonly Value[], unknown[]>();

function celList(list: readonly Value[], mode: NumberMode): unknown[] {
  if (mode !== "plain") return list.map((item) => toCel(item, mode));
  let converted = lists.get(list);
  if (!converted) {
    converted = list.map((item) => toCel(item));
    lists.set(list, converted);
    originals.set(converted, list);
  }
  return converted;
}

const originals = new WeakMap<unknown[], readonly Value[]>();

/**
 * A map that converts an entry when it is looked at. The CEL library decides by `constructor`, hence the disguise; it only
 * reads through the methods overridden here. Only own properties are seen, so `__proto__` and friends reach nothing.
 */
export class CelMap extends Map<string, unknown> {
  readonly source: ValueMap;
  readonly #mode: NumberMode;

  constructor(source: ValueMap, mode: NumberMode) {
    super();
    this.source = source;
    this.#mode = mode;
  }

  override get size(): number {
    return Object.keys(this.source).length;
  }

  override has(key: string): boolean {
    return Object.hasOwn(this.source, key) && this.source[key] !== undefined;
  }

  override get(key: string): unknown {
    if (typeof key !== "string" || !Object.hasOwn(this.source, key)) return undefined;
    const value = this.source[key];
    return value === undefined ? undefined : toCel(value, this.#mode);
  }

  override keys(): MapIterator<string> {
    return Object.keys(this.source).values() as MapIterator<string>;
  }

  override *entries(): MapIterator<[string, unknown]> {
    for (const key of Object.keys(this.source)) yield [key, this.get(key)];
  }

  override *values(): MapIterator<unknown> {
    for (const key of Object.keys(this.source)) yield this.get(key);
  }

  override [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries();
  }
}
Object.defineProperty(CelMap.prototype, "constructor", { value: Map });

/** Thrown for results that no value can hold. */
export class NoValue extends Error {}

/** A result of CEL as a value: durations become milliseconds, timestamps ISO 8601 text. @throws NoValue */
export function fromCel(result: unknown): Value {
  switch (typeof result) {
    case "string":
    case "boolean":
      return result;
    case "bigint":
      return narrow(result);
    case "number":
      if (!Number.isFinite(result)) throw new NoValue(`the result is ${result}, which is no number to work with`);
      return result;
    case "object":
      return result === null ? null : fromCelObject(result);
    default:
      throw new NoValue(`the result is a ${typeof result}, not a value`);
  }
}

function fromCelObject(result: object): Value {
  if (Array.isArray(result)) return originals.get(result) ?? result.map(fromCel);
  if (result instanceof CelMap && result.source) return result.source;
  if (result instanceof Map) return fromEntries(result);
  if (result instanceof Set) return [...result].map(fromCel);
  if (result instanceof Duration) return Math.round(result.valueOf());
  if (result instanceof Date) return result.toISOString();
  if (result instanceof UnsignedInt) return narrow(result.valueOf());
  if (result instanceof Uint8Array) return new TextDecoder().decode(result);
  const prototype = Object.getPrototypeOf(result);
  if (prototype === null || prototype === Object.prototype) return fromEntries(Object.entries(result));
  throw new NoValue("the result is not a value (write: string(…), int(…) or another conversion)");
}

function fromEntries(entries: Iterable<readonly [unknown, unknown]>): Value {
  const map: { [key: string]: Value } = Object.create(null);
  for (const [key, value] of entries) map[String(key)] = fromCel(value);
  return map;
}

/** How a result reads inside text: durations with their unit, timestamps as ISO 8601, everything else as its value does. */
export function celText(result: unknown): string {
  if (typeof result === "string") return result;
  if (result instanceof Duration) return formatDuration(Math.round(result.valueOf()));
  return valueToText(fromCel(result));
}
