import { parentOf } from "../domain/address.ts";
import type { RecordedEvent } from "../domain/event.ts";
import type { RunState } from "../domain/state.ts";
import type { ItemRecord, RateRecord, RunReport } from "./model.ts";

const MAX_ITEMS = 2_000;
const MAX_POINTS = 200;

/** Collects, event by event, when each item of a fan-out began and how it ended. */
export type Items = {
  see(event: RecordedEvent): void;
  told(): Pick<RunReport, "items" | "rates">;
  leftOut(): number;
};

/** `state` is the run's last: it says which steps are fan-outs. */
export function createItems(state: RunState): Items {
  const items = new Map<string, ItemRecord>();
  const rates = new Map<string, { ended: number; failed: number; points: RateRecord["points"][number][] }>();
  const counted = new Map<string, ItemRecord["state"]>();
  const left = new Set<string>();

  const begin = (at: string, wallMs: number): void => {
    if (items.has(at)) return;
    if (!rates.has(parentOf(at))) {
      rates.set(parentOf(at), { ended: 0, failed: 0, points: [{ wallMs, ended: 0, failed: 0 }] });
    }
    if (items.size >= MAX_ITEMS) left.add(at);
    else items.set(at, { at, state: "open", startedMs: wallMs });
  };
  const end = (at: string, wallMs: number, how: ItemRecord["state"]): void => {
    const item = items.get(at);
    if (item) items.set(at, { ...item, state: how, endedMs: wallMs });
    const rate = rates.get(parentOf(at)) ?? { ended: 0, failed: 0, points: [] };
    const before = counted.get(at);
    // An item that is done again counts once, by its last end.
    if (before === undefined) rate.ended++;
    if (before === "failed") rate.failed--;
    if (how === "failed") rate.failed++;
    counted.set(at, how);
    rate.points.push({ wallMs, ended: rate.ended, failed: rate.failed });
    rates.set(parentOf(at), rate);
  };

  return {
    see: (event) => {
      if (event.type !== "step-started" && event.type !== "step-ended" && event.type !== "attempt-released") return;
      const item = itemOf(state, event.at);
      if (item === undefined) return;
      begin(item, event.wallMs);
      if (event.type === "step-ended" && event.at === item) end(item, event.wallMs, event.result.kind);
    },
    told: () => ({
      items: [...items.values()],
      rates: [...rates].map(([at, { points }]) => ({
        at,
        total: state.steps.get(at)?.fan?.keys.length ?? 0,
        points: thinned(points),
      })),
    }),
    leftOut: () => left.size,
  };
}

/** The innermost item that an address belongs to, if any. */
function itemOf(state: RunState, at: string): string | undefined {
  for (let here = at; here !== ""; here = parentOf(here)) if (state.steps.get(parentOf(here))?.fan) return here;
  return undefined;
}

/** Evenly spaced, the first and the last among them. */
function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MAX_POINTS) return points;
  const step = (points.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, index) => points[Math.round(index * step)] as T);
}
