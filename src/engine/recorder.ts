import type { Event, RecordedEvent } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import type { Journal } from "../domain/ports.ts";
import { reduce } from "../domain/reduce.ts";
import type { RunState } from "../domain/state.ts";

/**
 * The only way for an event into the world: masked (E8), then durable, then applied, then told (E1). Appends of one turn
 * of the event loop share a commit; they are applied in the order of the calls whatever the order of the wake-ups.
 */
export function createRecorder(
  journal: Journal,
  state: RunState,
  mask: (text: string) => string,
  tell: (event: RecordedEvent) => void,
): (events: readonly Event[]) => Promise<void> {
  let applied: Promise<void> = Promise.resolve();
  return (events) => {
    const appended = journal.append(events.map((event) => maskEvent(event, mask)));
    const before = applied;
    applied = (async () => {
      const recorded = await appended;
      await before;
      for (const event of recorded) {
        reduce(state, event);
        tell(event);
      }
    })();
    return applied;
  };
}

function maskEvent(event: Event, mask: (text: string) => string): Event {
  return maskJson(event as unknown as Json, mask) as unknown as Event;
}

/** Masks every string of a JSON value; keys are names of ours and stay. */
export function maskJson(json: Json, mask: (text: string) => string): Json {
  if (typeof json === "string") return mask(json);
  if (Array.isArray(json)) return json.map((entry) => maskJson(entry, mask));
  if (json === null || typeof json !== "object") return json;
  const result: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(json)) if (value !== undefined) result[key] = maskJson(value, mask);
  return result;
}
