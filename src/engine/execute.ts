import { newCursors, nextMoves } from "../domain/next-moves.ts";
import type { RunOutcome } from "../domain/ports.ts";
import { serve } from "./desk.ts";
import { endOrPause } from "./ending.ts";
import { perform } from "./perform.ts";
import { takeOrComparePins } from "./pins.ts";
import { createRecorder } from "./recorder.ts";
import type { EngineDeps, Run, StopRequest } from "./run.ts";
import { adoptServices, stopServices } from "./service.ts";

/**
 * Carries a run on from wherever its journal stands until nothing more can be done here: everything ended, or the run
 * waits for a person, failed, or was stopped. A fresh run and a resumed one are the same call.
 *
 * Never throws for an expected failure (E4). Throws `JournalError` when the journal cannot be written or is no longer
 * ours: nothing was or will be started after that.
 */
export async function execute(deps: EngineDeps): Promise<RunOutcome> {
  let wake = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const run: Run = {
    ...deps,
    cursors: newCursors(),
    inFlight: new Map(),
    services: new Map(),
    unanswered: new Set(),
    approvedHere: new Set(),
    delays: new Map(),
    stopping,
    record: createRecorder(deps.journal, deps.state, deps.mask, (event) => {
      for (const frontEnd of deps.frontEnds) frontEnd.notify(event, deps.state);
      if (event.type === "step-ended" && event.at === deps.options.until) {
        deps.control.stop({ kind: "after-step", reason: { kind: "until", at: event.at }, exitCode: 0 });
      }
    }),
    live: (news) => {
      for (const frontEnd of deps.frontEnds) frontEnd.live?.(news);
    },
    wake: () => wake.resolve(),
  };
  deps.control.desk.serve = (request, actor) => serve(run, request, actor);
  deps.control.onStop((request) => stopInFlight(run, request));

  const refused = await takeOrComparePins(run);
  if (refused) return endOrPause(run, { complete: false, refused });
  await adoptServices(run);

  let fatal: unknown;
  for (;;) {
    if (fatal) throw fatal;
    // Reset before looking: a wake-up during the look must not be lost.
    wake = Promise.withResolvers<void>();
    const frontier = nextMoves(run.plan, run.state, run.cursors, run.options);
    for (const move of frontier.moves) {
      if (run.inFlight.has(move.at) || !mayBegin(run, move.kind, move.at)) continue;
      const task = perform(run, move);
      run.inFlight.set(move.at, task);
      task.done
        .catch((error: unknown) => {
          fatal ??= error;
        })
        .finally(() => {
          run.inFlight.delete(move.at);
          wake.resolve();
        });
    }
    if (run.inFlight.size === 0) {
      if (fatal) throw fatal;
      const complete = frontier.complete && !run.control.request;
      if (complete && run.services.size > 0) {
        await stopServices(run);
        continue;
      }
      return endOrPause(run, { complete });
    }
    if (onlyQuestionsLeft(run)) run.stopping.abort();
    await wake.promise;
  }
}

/** After a stop request only what is already released is brought to its end. */
function mayBegin(run: Run, kind: string, at: string): boolean {
  if (kind === "ask" && unansweredAt(run, at)) return false;
  if (!run.control.request && !run.stopping.signal.aborted) return true;
  if (run.control.request?.kind === "leave") return false;
  return kind === "adopt" || kind === "finish" || kind === "act-on-answer";
}

function unansweredAt(run: Run, at: string): boolean {
  const phase = run.state.steps.get(at)?.phase;
  return phase?.kind === "asking" && run.unanswered.has(phase.promptId);
}

/** A halted run does not wait for answers that it could not act on. */
function onlyQuestionsLeft(run: Run): boolean {
  if (run.state.halted.size === 0 || run.stopping.signal.aborted) return false;
  for (const at of run.inFlight.keys()) if (run.state.steps.get(at)?.phase.kind !== "asking") return false;
  return true;
}

function stopInFlight(run: Run, request: StopRequest): void {
  run.stopping.abort();
  for (const task of run.inFlight.values()) task.stop(request);
  run.wake();
}
