import type { Phase, RunState } from "./state.ts";

/** How one step of a plan differs from the plan that a run was carried out with so far. */
export type StepChange = {
  /** Address pattern, `*` for item keys. */
  readonly pattern: string;
  readonly kind: "added" | "removed" | "changed";
  /** `finished`: it, or some of its items, is done under the old definition. `open`: its attempt or an answer is not settled. */
  readonly progress: "untouched" | "open" | "finished";
};

/**
 * Compares by address, never by position. Pure.
 *
 * @param fingerprints of the new plan, by address pattern
 */
export function planChanges(
  state: RunState,
  fingerprints: { readonly [pattern: string]: string },
): readonly StepChange[] {
  const progress = progressByPattern(state);
  const changes: StepChange[] = [];
  for (const [pattern, before] of Object.entries(state.fingerprints)) {
    const now = fingerprints[pattern];
    if (now === before) continue;
    const kind = now === undefined ? "removed" : "changed";
    changes.push({ pattern, kind, progress: progress.get(pattern) ?? "untouched" });
  }
  for (const pattern of Object.keys(fingerprints)) {
    if (!(pattern in state.fingerprints)) changes.push({ pattern, kind: "added", progress: "untouched" });
  }
  return changes;
}

/** Changes that need a word of the operator: what is done keeps its result although it reads differently now. */
export function needsAcceptance(change: StepChange): boolean {
  return change.kind !== "added" && change.progress === "finished";
}

/** A step that runs or is in doubt cannot be exchanged under its feet. */
export function isImpossible(change: StepChange): boolean {
  return change.kind !== "added" && change.progress === "open";
}

function progressByPattern(state: RunState): Map<string, StepChange["progress"]> {
  const found = new Map<string, StepChange["progress"]>();
  // Of many items some are done and some are open: the one that is hardest to change counts.
  const note = (pattern: string, progress: StepChange["progress"]) => {
    if (rank[progress] > rank[found.get(pattern) ?? "untouched"]) found.set(pattern, progress);
  };
  for (const step of state.steps.values()) {
    const pattern = patternOf(state, step.at);
    // A simple item is carried out as the fan-out itself says; steps inside of items have patterns of their own.
    note(pattern.endsWith("/*") ? pattern.slice(0, -2) : pattern, progressOf(step.phase));
    if (!step.fan || step.fan.counts.done === 0) continue;
    // The states of finished items are dropped; that there are some says that everything inside them was done.
    note(pattern, "finished");
    for (const inside of Object.keys(state.fingerprints)) {
      if (inside.startsWith(`${pattern}/*`)) note(inside, "finished");
    }
  }
  return found;
}

const rank = { untouched: 0, finished: 1, open: 2 } as const;

function progressOf(phase: Phase): StepChange["progress"] {
  switch (phase.kind) {
    case "asking":
      return progressOf(phase.after);
    case "released":
    case "in-doubt":
    case "succeeded":
    case "answered":
      return "open";
    case "ended":
      return phase.result.kind === "done" ? "finished" : "untouched";
    default:
      return "untouched";
  }
}

function patternOf(state: RunState, at: string): string {
  const segments = at.split("/");
  return segments
    .map((segment, index) => (state.steps.get(segments.slice(0, index).join("/"))?.fan ? "*" : segment))
    .join("/");
}
