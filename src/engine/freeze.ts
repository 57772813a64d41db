import { resolve } from "node:path";
import type { Address } from "../domain/address.ts";
import { encodeKey } from "../domain/address.ts";
import type { Event } from "../domain/event.ts";
import type { Evaluated, Scope } from "../domain/expressions.ts";
import { type Failure, failure } from "../domain/failure.ts";
import type { Json } from "../domain/json.ts";
import type { Move } from "../domain/next-moves.ts";
import type { FanOutNode } from "../domain/plan.ts";
import type { ForEach } from "../domain/runbook.ts";
import { type Value, valueFromJson, valueToJson, valueToText } from "../domain/value.ts";
import { directoryOf } from "./directory.ts";
import type { Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

type Item = { readonly key: string; readonly value: Json };

const ITEMS_PER_EVENT = 5_000;
const MAX_ITEMS = 5_000_000;
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Writes the whole list of a fan-out into the journal before its first item: a list that changes later has no effect. */
export async function freeze(run: Run, { at, node }: Extract<Move, { kind: "freeze" }>): Promise<void> {
  const forEach = node.step.forEach as ForEach;
  const items = await listItems(run, at, node, forEach);
  if (items.kind === "failed") return run.record([haltedFanOut(at, items.failure)]);
  const concurrency = concurrencyOf(run, at, forEach);
  if (concurrency.kind === "failed") return run.record([haltedFanOut(at, concurrency.failure)]);
  return run.record(frozen(at, items.value, concurrency.value, forEach));
}

// A fan-out has no attempts to try again: what is wrong with its list halts the run.
function haltedFanOut(at: Address, failed: Failure): Event {
  return { type: "step-halted", at, failure: { retryable: false, ...failed } };
}

export function frozen(at: Address, items: readonly Item[], concurrency: number, forEach: ForEach): Event[] {
  const maxFailures =
    forEach.maxFailures.kind === "count"
      ? forEach.maxFailures.count
      : Math.floor((items.length * forEach.maxFailures.percent) / 100);
  const common = { type: "items-frozen", at, concurrency, maxFailures, pilot: forEach.pilot } as const;
  const events: Event[] = [];
  for (let from = 0; from === 0 || from < items.length; from += ITEMS_PER_EVENT) {
    const part = items.slice(from, from + ITEMS_PER_EVENT);
    events.push({ ...common, from, items: part, complete: from + part.length === items.length });
  }
  return events;
}

export async function listItems(run: Run, at: Address, node: FanOutNode, forEach: ForEach): Promise<Evaluated<Item[]>> {
  const scope = scopeOf(run, at);
  const values = await valuesOf(run, at, forEach, scope);
  if (values.kind === "failed") return values;
  if (values.value.length > MAX_ITEMS) return bad(at, `${values.value.length} items; the limit is ${MAX_ITEMS}`);
  const items: Item[] = [];
  const seen = new Map<string, number>();
  for (const [index, value] of values.value.entries()) {
    const key = run.expressions.text(forEach.key, { ...scope, item: value, index });
    if (key.kind === "failed") return key;
    const encoded = encodeKey(key.value);
    const earlier = seen.get(encoded);
    if (earlier !== undefined) {
      return bad(at, `items ${earlier + 1} and ${index + 1} have the same key ${JSON.stringify(key.value)}`);
    }
    seen.set(encoded, index);
    items.push({ key: key.value, value: valueToJson(value) });
  }
  return { kind: "ok", value: ordered(items, node.step.forEach?.order ?? "listed") };
}

async function valuesOf(run: Run, at: Address, forEach: ForEach, scope: Scope): Promise<Evaluated<readonly Value[]>> {
  switch (forEach.items.kind) {
    case "literal": {
      const list = run.expressions.tree({ kind: "list", items: forEach.items.values }, scope);
      return list.kind === "failed" ? list : { kind: "ok", value: list.value as readonly Value[] };
    }
    case "expression": {
      const list = run.expressions.value(forEach.items.template, scope);
      if (list.kind === "failed") return list;
      if (Array.isArray(list.value)) return { kind: "ok", value: list.value };
      return bad(at, `${forEach.items.template.source} is not a list but ${valueToText(list.value).slice(0, 80)}`);
    }
    case "file":
      return valuesOfFile(run, at, forEach.items.path, scope);
  }
}

async function valuesOfFile(
  run: Run,
  at: Address,
  template: Extract<ForEach["items"], { kind: "file" }>["path"],
  scope: Scope,
): Promise<Evaluated<readonly Value[]>> {
  const path = run.expressions.text(template, scope);
  if (path.kind === "failed") return path;
  const directory = directoryOf(run, at, scope);
  if (directory.kind === "failed") return directory;
  const file = await run.files.readText(resolve(directory.value, path.value), MAX_FILE_BYTES);
  if (file.kind === "failed") return file;
  if (!path.value.endsWith(".json")) {
    return { kind: "ok", value: file.text.split(/\r?\n/).filter((line) => line.trim() !== "") };
  }
  try {
    const parsed: unknown = JSON.parse(file.text);
    if (Array.isArray(parsed)) return { kind: "ok", value: valueFromJson(parsed as Json) as readonly Value[] };
    return bad(at, `${path.value} holds no JSON list`);
  } catch (error) {
    return bad(at, `${path.value} is not JSON: ${(error as Error).message}`);
  }
}

function ordered(items: Item[], order: ForEach["order"]): Item[] {
  if (order === "reverse") return items.reverse();
  if (order === "key") return items.sort((a, b) => (a.key < b.key ? -1 : 1));
  return items;
}

function concurrencyOf(run: Run, at: Address, forEach: ForEach): Evaluated<number> {
  if (typeof forEach.concurrency === "number") return { kind: "ok", value: forEach.concurrency };
  const value = run.expressions.value(forEach.concurrency, scopeOf(run, at));
  if (value.kind === "failed") return value;
  const count = Number(value.value);
  if (Number.isSafeInteger(count) && count >= 1) return { kind: "ok", value: count };
  return bad(at, `concurrency ${forEach.concurrency.source} is not a whole number above 0: ${String(value.value)}`);
}

function bad(at: Address, message: string): { kind: "failed"; failure: ReturnType<typeof failure> } {
  return {
    kind: "failed",
    failure: failure("bad-items", `forEach of ${at}: ${message}`, {
      hint: "mend items or key, then resume",
      retryable: false,
    }),
  };
}
