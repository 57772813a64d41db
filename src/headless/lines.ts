import { parentOf, ROOT } from "../domain/address.ts";
import type { Outcome } from "../domain/attempt.ts";
import type { RecordedEvent, StepResult } from "../domain/event.ts";
import type { RunState } from "../domain/state.ts";

/**
 * One line per thing worth knowing, for logs, batch and screen readers: time, word, address, text. Items of a large
 * fan-out that end well are counted, not told one by one. `undefined`: nothing to tell.
 */
export function lineOf(event: RecordedEvent, state: RunState): string | undefined {
  const line = wordsOf(event, state);
  return line && `${clockTime(event.wallMs)}  ${line}`;
}

function wordsOf(event: RecordedEvent, state: RunState): string | undefined {
  switch (event.type) {
    case "run-created":
      return `run      ${event.runId}  ${event.runbook}${event.lab ? "  LAB" : ""}`;
    case "context-taken":
      return `context  ${pairs(event.pins)}`;
    case "context-differs":
      return `CONTEXT  ${event.name} was ${event.expected}, is ${event.actual}`;
    case "context-accepted":
      return `context  accepted by ${event.actor.user}: ${pairs(event.pins)}`;
    case "plan-changed":
      return `plan     changed by ${event.actor.user}`;
    case "step-started":
      return isOneOfMany(state, event.at) ? undefined : `start    ${event.at}`;
    case "step-ended":
      return ended(event.at, event.result, state);
    case "step-halted":
      return `FAILED   ${event.at}: ${event.failure.message}`;
    case "step-failed":
      return `failed   ${event.at}: ${event.failure.message}`;
    case "step-reopened":
      return `again    ${event.at}${event.items ? ` (${event.items.length} items)` : ""}`;
    case "items-frozen":
      return event.complete ? `items    ${event.at}: ${event.from + event.items.length}` : undefined;
    case "prompt-opened":
      return `ASK      ${event.prompt.at}: ${questionOf(event.prompt)}`;
    case "prompt-answered":
      return `answer   ${event.at}: ${answerWords(event.answer)} (${event.actor.user} via ${event.actor.via})`;
    case "prompt-withdrawn":
      return `withdrew ${event.at}: ${event.why}`;
    case "attempt-ended":
      if (event.lingering) return `LEFT     ${event.at}: background processes go on: ${event.lingering.join("; ")}`;
      return outcomeLine(event.at, event.outcome, event.observedLate);
    case "retry-scheduled":
      if (event.actor) return `retry    ${event.at} now, asked by ${event.actor.user}`;
      return `retry    ${event.at} in ${seconds(event.delayMs)}`;
    case "doubt-resolved":
      return `settled  ${event.at}: ${event.as} (${event.by}: ${event.reason})`;
    case "service-ready":
      return `ready    ${event.at}`;
    case "service-ended":
      return `${event.wanted ? "stopped " : "ENDED   "} ${event.at}`;
    case "undo-started":
      return `undo     ${event.steps.length} steps`;
    case "owner-acquired":
    case "attempt-released":
    case "guard-checked":
    case "checkpoint-saved":
    case "run-paused":
    case "run-ended":
      return undefined;
  }
}

/** What is asked, in one line. A failure or a doubt has just been told; there the title is enough. */
export function questionOf(prompt: {
  readonly purpose: string;
  readonly title: string;
  readonly text: string;
}): string {
  if (!["confirm", "input", "manual", "pilot"].includes(prompt.purpose)) return prompt.title;
  return prompt.text.split("\n", 1)[0] || prompt.title;
}

function ended(at: string, result: StepResult, state: RunState): string | undefined {
  if (result.kind === "failed") return `failed   ${at}: ${result.failure.message}`;
  if (isOneOfMany(state, at)) return undefined;
  if (result.kind === "skipped") return `skipped  ${at}${result.reason ? `: ${result.reason}` : ""}`;
  const step = state.steps.get(at);
  const took = step ? `  ${seconds((step.endedMs ?? step.startedMs) - step.startedMs)}` : "";
  return `done     ${at}${result.how === "guard" ? "  (already done)" : took}`;
}

function outcomeLine(at: string, outcome: Outcome, late: boolean): string | undefined {
  if (outcome.kind === "in-doubt") return `DOUBT    ${at}: ${outcome.evidence.join("; ")}`;
  if (outcome.kind === "cancelled") return `ended    ${at}: ${outcome.reason}`;
  if (outcome.kind === "failed") return `failed   ${at}: ${outcome.failure.message}`;
  return late && outcome.kind === "ok" ? `found    ${at}: it went on by itself and ended well` : undefined;
}

/** Fan-outs larger than this are told by counts, not item by item. */
const MAX_TOLD_ITEMS = 20;

function isOneOfMany(state: RunState, at: string): boolean {
  for (let above = parentOf(at); above !== ROOT; above = parentOf(above)) {
    const fan = state.steps.get(above)?.fan;
    if (fan && fan.keys.length > MAX_TOLD_ITEMS) return true;
  }
  return false;
}

function answerWords(answer: unknown): string {
  const given = answer as { kind: string; choice?: string; done?: boolean; reason?: string };
  const word = given.choice ?? (given.kind === "manual" ? (given.done ? "done" : "failed") : given.kind);
  return given.reason ? `${word} "${given.reason}"` : word;
}

function pairs(map: { readonly [name: string]: string }): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** 12:31:07, local time. */
export function clockTime(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`. */
export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3600)} h ${String(Math.floor((total % 3600) / 60)).padStart(2, "0")} min`;
}
