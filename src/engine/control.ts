import type { Control, StopKind, StopRequest } from "./run.ts";

const URGENCY: { readonly [kind in StopKind]: number } = { "after-step": 0, now: 1, leave: 2 };

/** Collects stop requests; a later one counts only when it is more urgent. */
export function createControl(): Control {
  let current: StopRequest | undefined;
  const listeners: ((request: StopRequest) => void)[] = [];
  return {
    desk: {},
    get request() {
      return current;
    },
    stop(request) {
      if (current && URGENCY[request.kind] <= URGENCY[current.kind]) return;
      current = request;
      for (const listener of listeners) listener(request);
    },
    onStop(listener) {
      listeners.push(listener);
      if (current) listener(current);
    },
  };
}
