import { parentOf, ROOT, UNDO_SEGMENT } from "../../src/domain/address.ts";
import type { RecordedEvent } from "../../src/domain/event.ts";
import type { RunState } from "../../src/domain/state.ts";

/** What is true of every state after every event; returns what is not, in words. */
export function brokenInvariants(state: RunState, event: RecordedEvent): readonly string[] {
  const broken: string[] = [];
  const must = (holds: boolean, words: string) => {
    if (!holds) broken.push(`after ${event.type} (${event.seq}): ${words}`);
  };
  // What was in the journal before the run went on is told with the state that it led to.
  must(state.seq >= event.seq, `the state is at ${state.seq}`);
  if (state.seq === event.seq) must(state.lastMs === event.wallMs, "its time is that of its last event");
  for (const [at, { phase }] of state.steps) {
    must(state.open.has(at) === (phase.kind !== "ended"), `${at} is ${phase.kind}, open: ${state.open.has(at)}`);
    if (phase.kind === "asking") must(state.prompts.has(phase.promptId), `${at} asks ${phase.promptId}`);
    if (phase.kind === "halted") must(state.halted.has(at) || state.undo !== undefined, `${at} halts the run`);
  }
  for (const [id, { prompt }] of state.prompts) {
    const phase = state.steps.get(prompt.at)?.phase;
    must(phase?.kind === "asking" && phase.promptId === id, `${id} is open, ${prompt.at} is ${phase?.kind}`);
  }
  for (const at of state.halted) must(state.steps.get(at)?.phase.kind === "halted", `${at} is halted`);
  for (const at of state.steps.keys()) {
    const above = parentOf(at);
    must([ROOT, UNDO_SEGMENT].includes(above) || state.steps.has(above), `${at} outlived what it is in`);
  }
  for (const item of state.inside.keys())
    must(state.steps.has(item), `${item} was dropped but what is inside is known`);
  for (const at of state.open) must(state.steps.has(at), `${at} is open and known`);
  for (const step of state.steps.values()) {
    if (!step.fan) continue;
    const { status, counts, active, keys, next, again } = step.fan;
    const tally = [0, 0, 0, 0, 0];
    for (const one of status.subarray(0, keys.length)) tally[one] = (tally[one] ?? 0) + 1;
    const [waiting, begun, done, failed, skipped] = tally;
    must(
      counts.done === done && counts.failed === failed && counts.skipped === skipped && active.size === begun,
      `${step.at} counts ${JSON.stringify(counts)} and ${active.size} active, of ${tally.join("+")}`,
    );
    const ahead = [...status.subarray(next, keys.length)].filter((one) => one === 0).length;
    const left = [...again].filter((position) => position < next && status[position] === 0).length;
    must(ahead + left === waiting, `${step.at} finds ${ahead} + ${left} of ${waiting} waiting items`);
  }
  const ended = state.status.kind === "ended";
  must(!state.ended || ended, `it has ended, its status is ${state.status.kind}`);
  if (event.type === "run-ended" && state.seq === event.seq) must(state.ended && ended, "it has ended");
  if (event.type === "owner-acquired") must(state.owner !== undefined, "somebody owns it");
  return broken;
}
