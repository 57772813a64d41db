import type { Event } from "../../domain/event.ts";
import type { Actor } from "../../domain/prompt.ts";
import { reduce } from "../../domain/reduce.ts";
import { emptyState, type RunState, type RunStatus } from "../../domain/state.ts";
import type { OwnedJournal } from "../../journal/index.ts";

/** The fold of a journal that was just taken, and how the run rested before that. */
export function foldOwned(journal: OwnedJournal): { readonly state: RunState; readonly rested: RunStatus } {
  const state = emptyState();
  let rested: RunStatus = state.status;
  for (const event of journal.read()) {
    if (event.seq === journal.acquired.seq) rested = state.status;
    reduce(state, event);
  }
  return { state, rested };
}

/** The event that leaves a run as it rested, for those who took it only for a moment. */
export function restAgain(rested: RunStatus, actor: Actor): Event {
  if (rested.kind === "ended") return { type: "run-ended", result: rested.result, exitCode: rested.exitCode };
  if (rested.kind === "paused") return { type: "run-paused", reason: rested.reason, exitCode: rested.exitCode };
  return { type: "run-paused", reason: { kind: "stopped", actor, now: false }, exitCode: 130 };
}
