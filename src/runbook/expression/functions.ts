import { Duration, Environment } from "@marcbachmann/cel-js/evaluator";
import type { Value } from "../../domain/value.ts";
import { matches } from "../../lib/guarded-regex.ts";
import { parseJson } from "../parse-json.ts";
import { formatDuration, parseDuration } from "../units.ts";
import { celText, toCel } from "./convert.ts";
import { csvMaps } from "./csv.ts";

/** A function of the expression language, for the reference and for suggestions. */
export type FunctionDoc = { readonly name: string; readonly usage: string; readonly does: string };

/** What the language adds to CEL's own functions (https://github.com/google/cel-spec/blob/master/doc/langdef.md). */
export const FUNCTIONS: readonly FunctionDoc[] = [
  { name: "json", usage: "json(text)", does: "The value that a JSON text holds. Integers stay exact." },
  { name: "lines", usage: "lines(text)", does: "The lines of a text as a list, without their line endings." },
  {
    name: "csv",
    usage: "csv(text) or csv(text, ['name', 'size'])",
    does: "The rows of comma-separated text as a list of maps, by the names of its first row or by those given.",
  },
  { name: "basename", usage: "basename(path)", does: "The last part of a path: basename('/a/b.txt') is 'b.txt'." },
  { name: "duration", usage: "duration('15m')", does: "A duration: 500ms, 5s, 15m, 3h, 2d, 1h30m." },
  { name: "now", usage: "now()", does: "The present instant, a timestamp. It differs at every evaluation." },
  {
    name: "range",
    usage: "range(3), range(1, 4) or range(0, 10, 2)",
    does: "Integers from 0 (or the first number) up to but without the last, as a list.",
  },
  { name: "replace", usage: "text.replace('from', 'to')", does: "The text with every occurrence replaced." },
  {
    name: "quote",
    usage: "quote(x)",
    does: "The value as one word of a POSIX shell, for commands whose arguments a shell parses again: ssh, sh -c, eval.",
  },
  {
    name: "raw",
    usage: "raw(x)",
    does: "Only around a whole hole of a shell line: puts the text in without quoting, as shell syntax.",
  },
];

/** Longest list that `range` makes. */
const MAX_RANGE = 1_000_000;

const DURATION = "google.protobuf.Duration";
const TIMESTAMP = "google.protobuf.Timestamp";

/** CEL with our functions and with arithmetic between `int` and `double`; no variables yet. */
export function baseEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 5000, maxDepth: 60, maxListElements: 1000, maxMapEntries: 500, maxCallArguments: 16 },
  });
  const sync = { async: false };
  const add = (signature: string, handler: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, handler, sync);

  add("json(string): dyn", (text: string) => toCel(jsonOf(text)));
  add("lines(string): list<string>", lines);
  add("csv(string): list<map<string, string>>", (text: string) => csvMaps(text));
  add("csv(string, list): list<map<string, string>>", (text: string, names: string[]) => csvMaps(text, names));
  add("basename(string): string", basename);
  // The library's own cannot be replaced; `rewrite` sends calls here.
  add(`runsheet_duration(string): ${DURATION}`, durationOf);
  add("string.runsheet_matches(string): bool", (text: string, pattern: string) => matches(pattern, text));
  add(`now(): ${TIMESTAMP}`, () => new Date());
  add("range(int): list<int>", (end: bigint) => range(0n, end, 1n));
  add("range(int, int): list<int>", (start: bigint, end: bigint) => range(start, end, 1n));
  add("range(int, int, int): list<int>", range);
  add("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  add("quote(dyn): string", (value: unknown) => quoteWord(celText(value)));
  add("raw(dyn): dyn", (value: unknown) => value);
  add(`string(${DURATION}): string`, (value: Duration) => formatDuration(Math.round(value.valueOf())));
  add(`string(${TIMESTAMP}): string`, (value: Date) => value.toISOString());
  add("string(list): string", celText);
  add("string(map): string", celText);
  registerMixedNumbers(environment);
  registerDurations(environment);
  return environment;
}

function jsonOf(text: string): Value {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new Error(`the text is not JSON (${(cause as Error).message}): ${JSON.stringify(text.slice(0, 60))}`);
  }
}

function lines(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

function basename(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? path.slice(0, 1) : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function durationOf(text: string): Duration {
  const totalMs = parseDuration(text);
  if (totalMs === undefined) throw new Error(`"${text}" is no duration (write one like 500ms, 5s, 15m, 3h, 2d)`);
  return Duration.fromMilliseconds(totalMs);
}

function range(start: bigint, end: bigint, step: bigint): bigint[] {
  if (step === 0n) throw new Error("range() needs a step other than 0");
  const count = (end - start + step - (step > 0n ? 1n : -1n)) / step;
  if (count > BigInt(MAX_RANGE)) throw new Error(`range() makes at most ${MAX_RANGE} numbers, not ${count}`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => start + BigInt(index) * step);
}

/** `text` as exactly one word of a POSIX shell. */
export function quoteWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function registerMixedNumbers(environment: Environment): void {
  const compute: Record<string, (a: number, b: number) => number> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  };
  for (const [operator, apply] of Object.entries(compute)) {
    const mixed = (a: bigint | number, b: bigint | number) => apply(Number(a), Number(b));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  // biome-ignore lint/suspicious/noDoubleEquals: 5 and 5.0 are one number, which only == between bigint and number says
  environment.registerOperator("int == double: bool", (a: bigint, b: number) => a == (b as unknown as bigint));
}

function registerDurations(environment: Environment): void {
  const times = (duration: Duration, factor: bigint | number) =>
    Duration.fromMilliseconds(duration.valueOf() * Number(factor));
  for (const number of ["int", "double"]) {
    environment.registerOperator(`${DURATION} * ${number}: ${DURATION}`, times);
    environment.registerOperator(`${number} * ${DURATION}: ${DURATION}`, (a: bigint, b: Duration) => times(b, a));
    environment.registerOperator(`${DURATION} / ${number}: ${DURATION}`, (a: Duration, b: bigint | number) => {
      if (Number(b) === 0) throw new Error("division by zero");
      return times(a, 1 / Number(b));
    });
  }
}
