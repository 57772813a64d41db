import { childAddress, encodeKey, parentOf, ROOT } from "./address.ts";
import type { ItemsFrozen, StepResult } from "./event.ts";
import { type FanOutState, ITEM, type RunState, type StepState } from "./state.ts";
import { type ValueMap, valueFromJson } from "./value.ts";

/** The items of a fan-out within the fold: what `reduce` does when they are listed, begun, ended and opened again. */
export function freezeItems(step: StepState, event: ItemsFrozen): void {
  const fan = event.from === 0 || !step.fan ? emptyFanOut(event) : step.fan;
  for (const item of event.items) {
    fan.positions.set(encodeKey(item.key), fan.keys.length);
    fan.keys.push(item.key);
    fan.values.push(valueFromJson(item.value));
  }
  fan.complete = event.complete;
  if (event.complete) fan.status = new Uint8Array(fan.keys.length);
  step.fan = fan;
}

/** Any event of a waiting item begins it. */
export function itemStarted(fan: FanOutState, encodedKey: string): void {
  const position = fan.positions.get(encodedKey);
  if (position === undefined || fan.status[position] !== ITEM.waiting) return;
  fan.status[position] = ITEM.active;
  fan.active.add(position);
  fan.again.delete(position);
  while (fan.next < fan.keys.length && fan.status[fan.next] !== ITEM.waiting) fan.next++;
}

export function itemEnded(
  fan: FanOutState,
  encodedKey: string,
  result: StepResult,
  outputs: ValueMap | undefined,
): void {
  const position = fan.positions.get(encodedKey);
  if (position === undefined) return;
  fan.active.delete(position);
  fan.counts[result.kind]++;
  fan.status[position] = ITEM[result.kind];
  if (result.kind === "failed") fan.failures.set(position, result.failure);
  if (outputs) fan.outputs.set(position, outputs);
}

/** Puts items with a failure at any depth back in line, all or the named ones; what was done inside them stays done. */
export function reopenItems(state: RunState, step: StepState, which: readonly string[] | "failed"): void {
  const { fan } = step;
  if (!fan) return;
  // Groups inside that were all ended are so no longer.
  state.generation++;
  const failed = () => [...fan.failures.keys(), ...fan.kept];
  const positions = which === "failed" ? failed() : which.map((key) => fan.positions.get(key));
  for (const position of positions) {
    // What is inside of the others was dropped: they cannot be begun again.
    if (position === undefined || !(fan.failures.has(position) || fan.kept.has(position))) continue;
    uncount(fan, position);
    fan.status[position] = ITEM.waiting;
    fan.again.add(position);
    reopenInside(state, childAddress(step.at, encodeKey(fan.keys[position] as string)));
  }
}

/** Steps of an item that did not get done start anew with a fresh budget, and so do the groups around them. */
function reopenInside(state: RunState, item: string): void {
  for (const at of [item, ...(state.inside.get(item) ?? [])]) {
    const step = state.steps.get(at);
    if (step?.phase.kind !== "ended") continue;
    if (at !== item && step.phase.result.kind === "done" && !hasFailedItems(step)) continue;
    startAnew(state, step);
    if (step.fan) reopenItems(state, step, "failed");
    for (let above = parentOf(at); above.length > item.length; above = parentOf(above)) {
      const group = state.steps.get(above);
      if (group?.phase.kind === "ended") startAnew(state, group);
    }
  }
}

/** A fresh budget; and the world may have changed since its guard was asked. */
export function startAnew(state: RunState, step: StepState): void {
  unend(state, step);
  step.tries = 0;
  step.guarded = false;
}

/** The step goes on as if it had not ended or halted; what it counted for is taken back. */
export function unend(state: RunState, step: StepState): void {
  if (step.phase.kind === "ended") count(state, step.at, step.phase.result, -1);
  step.phase = { kind: "started" };
  step.endedMs = undefined;
  state.open.add(step.at);
  state.halted.delete(step.at);
}

/** Has a fan-out inside this item failed items, at any depth? */
export function holdsFailedItems(state: RunState, item: string): boolean {
  return (state.inside.get(item) ?? []).some((at) => hasFailedItems(state.steps.get(at)));
}

function hasFailedItems(step: StepState | undefined): boolean {
  return step?.fan !== undefined && (step.fan.failures.size > 0 || step.fan.kept.size > 0);
}

/** What is inside this item is remembered after its end. */
export function itemKept(fan: FanOutState, encodedKey: string): void {
  const position = fan.positions.get(encodedKey);
  if (position !== undefined) fan.kept.add(position);
}

/** Drops the states of a finished item and of everything inside it. Items in there were dropped when they ended. */
export function forgetItem(state: RunState, item: string): void {
  for (const at of state.inside.get(item) ?? []) state.steps.delete(at);
  state.inside.delete(item);
  state.steps.delete(item);
}

/** The nearest item that `at` is or lies in; the empty address when there is none. */
export function enclosingItem(state: RunState, at: string): string {
  for (let above = at; above !== ROOT; above = parentOf(above)) if (state.inside.has(above)) return above;
  return ROOT;
}

/** Counts an ended item, or an ended step outside of all items; steps inside items are counted with their item. */
export function count(state: RunState, at: string, result: StepResult, by: 1 | -1): void {
  const parent = parentOf(at);
  if (state.steps.get(parent)?.fan) state.totals.items[result.kind] += by;
  else if (enclosingItem(state, parent) === ROOT) state.totals.steps[result.kind] += by;
}

function uncount(fan: FanOutState, position: number): void {
  if (fan.status[position] === ITEM.failed) fan.counts.failed--;
  else fan.counts.done--;
  fan.failures.delete(position);
  fan.kept.delete(position);
}

function emptyFanOut(event: ItemsFrozen): FanOutState {
  return {
    keys: [],
    positions: new Map(),
    values: [],
    status: new Uint8Array(0),
    complete: false,
    concurrency: event.concurrency,
    maxFailures: event.maxFailures,
    pilot: event.pilot,
    pilotPassed: false,
    next: 0,
    again: new Set(),
    active: new Set(),
    failures: new Map(),
    kept: new Set(),
    outputs: new Map(),
    counts: { done: 0, failed: 0, skipped: 0 },
  };
}
