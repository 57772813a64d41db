import type { Event, RecordedEvent } from "../../src/domain/event.ts";
import type { Answer, Choice, PromptPurpose } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import type { ForEach, Step } from "../../src/domain/runbook.ts";
import type { RunState } from "../../src/domain/state.ts";
import { shell, stepOf, text } from "../engine/sim-runbook.ts";
import { actor, created, owner } from "../journal/events.ts";

export const run = (id: string, more: Partial<Step> = {}) => stepOf(id, { kind: "run", command: shell(id) }, more);
export const group = (id: string, steps: readonly Step[], more: Partial<Step> = {}) =>
  stepOf(id, { kind: "group", parallel: false, steps }, more);
export const parallel = (id: string, steps: readonly Step[], more: Partial<Step> = {}) =>
  stepOf(id, { kind: "group", parallel: true, steps }, more);
/** Over a list that is frozen by the events of a test. */
export const forEach: ForEach = {
  items: { kind: "literal", values: [] },
  key: text("{key}"),
  concurrency: 1,
  maxFailures: { kind: "count", count: 0 },
  pilot: 0,
  order: "listed",
};
export const yes = { message: text("sure?") };

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

export const failure = { code: "exit-code", message: "it said no" };
export const failed = { kind: "failed", failure, exitCode: 7 } as const;
export const doubt = { kind: "in-doubt", evidence: ["nobody knows"] } as const;
export const started = (at: string): Event => ({ type: "step-started", at });
export const endedFailed = (at: string): Event => ({ type: "step-ended", at, result: { kind: "failed", failure } });
export const halted = (at: string): Event => ({ type: "step-halted", at, failure });
export const reopened = (at: string, items?: readonly string[]): Event => ({
  type: "step-reopened",
  at,
  actor,
  ...(items ? { items } : {}),
});
export const acquired = (epoch: number): Event => {
  const { identity, version } = owner;
  return { type: "owner-acquired", epoch, actor, identity, version };
};

export function asked(at: string, purpose: PromptPurpose, n = 1): Event {
  const expects = { kind: "choice", choices: [] as Choice[] } as const;
  const prompt = { id: `${at}#${n}`, at, purpose, severity: "plain", title: "t", text: "?" } as const;
  return { type: "prompt-opened", prompt: { ...prompt, evidence: [], expects, hash: `hash of ${at}` } };
}

export function answered(at: string, answer: Answer, n = 1): Event {
  const json = answer as Extract<Answer, { kind: "choose" }>;
  return { type: "prompt-answered", promptId: `${at}#${n}`, at, hash: `hash of ${at}`, answer: json, actor };
}
