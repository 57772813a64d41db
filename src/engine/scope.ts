import { type Address, childAddress, encodeKey, parentOf } from "../domain/address.ts";
import type { Scope } from "../domain/expressions.ts";
import { type GroupNode, type PathEntry, pathTo, undoneAddress } from "../domain/plan.ts";
import type { FanOutState, RunState } from "../domain/state.ts";
import { ITEM } from "../domain/state.ts";
import type { Value, ValueMap } from "../domain/value.ts";
import type { Run } from "./run.ts";

/** What the last command or action of the step left behind, for outputs, `verify` and `guard`. */
export type Leftover = {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly result?: Value;
};

/**
 * What expressions of the step at `address` can see. Names are looked up lexically: nearest enclosing group first, then
 * outwards up to the runbook that the step belongs to.
 */
export function scopeOf(run: Run, address: Address, leftover: Leftover = {}): Scope {
  const original = address.startsWith("~undo/") ? undoneAddress(address) : address;
  const path = pathTo(run.plan, original) ?? [];
  const start = lastCall(path, original);
  const item = innermostItem(run.state, path.slice(start), original);
  return {
    params: paramsAt(run, path, start),
    steps: stepsView(run.state, path.slice(start)),
    context: run.state.pins ?? {},
    env: run.env as ValueMap,
    run: runView(run),
    secrets: run.secrets,
    ...item,
    ...leftover,
  };
}

/** Position in the path of the innermost called runbook that encloses (and is not) the step; 0 is the main runbook. */
function lastCall(path: readonly PathEntry[], address: Address): number {
  for (let index = path.length - 1; index > 0; index--) {
    const entry = path[index] as PathEntry;
    if (entry.node.kind === "group" && entry.node.call && entry.at !== address) return index;
  }
  return 0;
}

function paramsAt(run: Run, path: readonly PathEntry[], start: number): ValueMap {
  const entry = path[start];
  const call = entry?.node.kind === "group" ? entry.node.call : undefined;
  if (!entry || !call) return run.plan.params;
  // Parameters of a called runbook are expressions of its caller; a failing one surfaces where it is used.
  const callerScope = scopeOf(run, entry.at);
  const params: { [name: string]: Value } = Object.create(null);
  for (const [name, spec] of Object.entries(call.runbook.params)) {
    const given = call.with.find(([key]) => key === name)?.[1];
    // What is handed over reads in the caller's scope, a default in the called runbook's own, after the parameters before it.
    const value = given
      ? run.expressions.tree(given, callerScope)
      : spec.default && run.expressions.tree(spec.default, { ...callerScope, params: { ...params }, steps: {} });
    if (!value) continue;
    if (value.kind === "ok") params[name] = value.value;
  }
  return params;
}

/** The scope in which the outputs of a group are evaluated: that of its children. */
export function scopeInside(run: Run, group: GroupNode, address: Address): Scope {
  return group.children[0] ? scopeOf(run, childAddress(address, group.children[0].id)) : scopeOf(run, address);
}

function runView(run: Run): ValueMap {
  const { state } = run;
  return {
    id: state.created?.runId ?? "",
    dir: run.runDir,
    lab: state.created?.lab ?? false,
    started: new Date(state.createdMs).toISOString(),
  };
}

function innermostItem(
  state: RunState,
  path: readonly PathEntry[],
  address: Address,
): Pick<Scope, "item" | "key" | "index"> {
  for (let index = path.length - 1; index >= 0; index--) {
    const entry = path[index] as PathEntry;
    if (entry.itemKey === undefined) continue;
    const fan = state.steps.get(parentOf(entry.at))?.fan;
    const position = fan?.positions.get(entry.itemKey);
    if (!fan || position === undefined) throw new Error(`no item ${entry.itemKey} for ${address}`);
    return { item: fan.values[position] as Value, key: fan.keys[position] as string, index: position };
  }
  return {};
}

function stepsView(state: RunState, path: readonly PathEntry[]): ValueMap {
  const groups = path.filter((entry) => entry.node.kind === "group").reverse();
  return lazyMap(
    (id) => {
      for (const entry of groups) {
        const child = (entry.node as GroupNode).children.find((candidate) => candidate.id === id);
        if (child) return stepView(state, childAddress(entry.at, child.id));
      }
      return undefined;
    },
    () => groups.flatMap((entry) => (entry.node as GroupNode).children.map((child) => child.id)),
  );
}

function stepView(state: RunState, at: Address): ValueMap {
  const step = state.steps.get(at);
  const result = step?.phase.kind === "ended" ? step.phase.result : undefined;
  const view: { [key: string]: Value } = {
    ok: result?.kind === "done",
    skipped: result?.kind === "skipped",
    failed: result?.kind === "failed",
    outputs: step?.outputs ?? {},
  };
  if (step?.exitCode !== undefined) view.exitCode = step.exitCode;
  if (step?.fan) {
    view.counts = { ...step.fan.counts, total: step.fan.keys.length };
    view.items = itemsView(step.fan);
  }
  return view;
}

function itemsView(fan: FanOutState): ValueMap {
  return lazyMap(
    (key) => {
      const position = fan.positions.get(encodeKey(key));
      if (position === undefined) return undefined;
      return {
        ok: fan.status[position] === ITEM.done,
        outputs: fan.outputs.get(position) ?? {},
        value: fan.values[position] as Value,
      };
    },
    () => fan.keys,
  );
}

/** A map whose entries are made when they are looked at: scopes are built for every evaluation and must cost nothing. */
function lazyMap(get: (key: string) => Value | undefined, keys: () => readonly string[]): ValueMap {
  return new Proxy(Object.create(null), {
    get: (_target, key) => (typeof key === "string" ? get(key) : undefined),
    has: (_target, key) => typeof key === "string" && get(key) !== undefined,
    ownKeys: () => [...new Set(keys())],
    getOwnPropertyDescriptor: (_target, key) => {
      const value = typeof key === "string" ? get(key) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true };
    },
  });
}
