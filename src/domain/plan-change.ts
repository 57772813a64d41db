import type { RunState } from "./state.ts";

/** How one step of a plan differs from the plan that a run was carried out with so far. */
export type StepChange = {
  /** Address pattern, `*` for item keys. */
  readonly pattern: string;
  readonly kind: "added" | "removed" | "changed";
  /** `finished`: it, or some of its items, is done under the old definition. `open`: it was begun and has not ended. */
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
  for (const step of state.steps.values()) {
    const pattern = patternOf(state, step.at);
    const kind = step.phase.kind === "asking" ? step.phase.after.kind : step.phase.kind;
    if (step.phase.kind === "ended" && step.phase.result.kind === "done") found.set(pattern, "finished");
    else if (kind === "released" || kind === "in-doubt") found.set(pattern, "open");
    if (!step.fan || step.fan.counts.done === 0) continue;
    // The states of finished items are dropped; that there are some says that everything inside them was done.
    for (const inside of Object.keys(state.fingerprints)) {
      if (inside.startsWith(`${pattern}/*`) && found.get(inside) !== "open") found.set(inside, "finished");
    }
  }
  return found;
}

function patternOf(state: RunState, at: string): string {
  const segments = at.split("/");
  return segments
    .map((segment, index) => (state.steps.get(segments.slice(0, index).join("/"))?.fan ? "*" : segment))
    .join("/");
}
