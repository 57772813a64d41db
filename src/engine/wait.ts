import type { Address } from "../domain/address.ts";
import { failure } from "../domain/failure.ts";
import type { LeafNode } from "../domain/plan.ts";
import type { PollProbe, Template } from "../domain/runbook.ts";
import { durationOf, poll } from "./probe.ts";
import type { Run } from "./run.ts";
import { stepFailed } from "./start.ts";

/** How often the used part of a waiting time is written down, so that a resumed wait does not begin anew. */
const NOTE_EVERY_MS = 5_000;

/** Waits a stated time. Time in which no executor ran does not count: nobody watched. */
export async function wait(run: Run, at: Address, duration: Template | number): Promise<void> {
  const limit = durationOf(run, at, duration);
  if (limit.kind === "failed") return run.record([stepFailed(run, at, limit.failure)]);
  let spent = spentOf(run, at);
  while (spent < limit.value && !run.stopping.signal.aborted) {
    const begun = run.clock.monotonicMs();
    await run.clock.sleep(Math.min(NOTE_EVERY_MS, limit.value - spent), run.stopping.signal);
    spent += run.clock.monotonicMs() - begun;
    if (spent < limit.value)
      await run.record([{ type: "checkpoint-saved", at, value: { spentMs: Math.round(spent) } }]);
  }
  if (spent < limit.value) return;
  return run.record([{ type: "step-ended", at, result: { kind: "done", how: "probe" } }]);
}

/** Asks until the answer is yes, at most as long as stated. */
export async function waitUntil(run: Run, at: Address, node: LeafNode, condition: PollProbe): Promise<void> {
  let notedMs = spentOf(run, at);
  const verdict = await poll(run, at, condition, {}, notedMs, async (spentMs) => {
    if (spentMs - notedMs < NOTE_EVERY_MS) return;
    notedMs = spentMs;
    await run.record([{ type: "checkpoint-saved", at, value: { spentMs: Math.round(spentMs) } }]);
  });
  if (verdict === undefined) return;
  if (verdict.kind === "yes") return run.record([{ type: "step-ended", at, result: { kind: "done", how: "probe" } }]);
  const failed = failure("wait-timeout", `${node.step.id} waited in vain: ${verdict.note}`, {
    hint: "raise `within`, or see why the condition does not come true",
  });
  return run.record([{ type: "checkpoint-saved", at, value: null }, stepFailed(run, at, failed)]);
}

function spentOf(run: Run, at: Address): number {
  const saved = run.state.steps.get(at)?.checkpoint as { spentMs?: number } | null | undefined;
  return saved?.spentMs ?? 0;
}
