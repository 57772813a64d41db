import type { Event, RecordedEvent } from "../../src/domain/event.ts";
import { fold } from "../../src/domain/reduce.ts";
import type { RunState } from "../../src/domain/state.ts";
import { created, owner } from "../journal/events.ts";

/** Events as a journal gives them back: one a second, all by the first owner. */
export function recorded(events: readonly Event[]): RecordedEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1, wallMs: (index + 1) * 1000, epoch: 1 }));
}

export function stateAfter(...events: readonly Event[]): RunState {
  return fold(recorded(events));
}

/** How every run begins. */
export function begun(fingerprints: { readonly [pattern: string]: string } = {}): Event[] {
  const { actor, identity, version } = owner;
  return [
    { ...created("r"), fingerprints },
    { type: "owner-acquired", epoch: 1, actor, identity, version },
  ];
}

export function frozen(
  at: string,
  keys: readonly string[],
  more: { maxFailures?: number; pilot?: number } = {},
): Event {
  const items = keys.map((key) => ({ key, value: key }));
  const limits = { concurrency: 4, maxFailures: 0, pilot: 0, ...more };
  return { type: "items-frozen", at, from: 0, items, complete: true, ...limits };
}
