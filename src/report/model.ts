import type { Address } from "../domain/address.ts";
import type { RecordedEvent } from "../domain/event.ts";
import type { Actor } from "../domain/prompt.ts";
import type { RunState } from "../domain/state.ts";
import { type RunStatusReport, type StepReport, statusReport } from "./status.ts";

/** One run as a record for people and machines. Times are ms since the epoch; durations ms. Stable like `status`. */
export type RunReport = {
  readonly status: RunStatusReport;
  readonly startedBy: Actor | undefined;
  readonly durationMs: number;
  readonly steps: readonly StepRecord[];
  readonly answers: readonly AnswerRecord[];
  /** Times at which an executor took the run: more than one means that it was interrupted or stopped. */
  readonly owners: readonly { readonly wallMs: number; readonly actor: Actor; readonly pid: number }[];
  readonly failures: readonly FailureRecord[];
  readonly doubts: readonly {
    readonly wallMs: number;
    readonly at: Address;
    readonly as: string;
    readonly by: string;
    readonly reason: string;
    readonly actor: Actor;
  }[];
  readonly next: readonly string[];
};

export type StepRecord = StepReport & { readonly durationMs?: number };

export type AnswerRecord = {
  readonly wallMs: number;
  readonly at: Address;
  readonly question: string;
  readonly answer: string;
  readonly reason?: string;
  readonly actor: Actor;
};

export type FailureRecord = {
  readonly wallMs: number;
  readonly at: Address;
  readonly message: string;
  /** The last lines that the failed attempt printed. */
  readonly lines: readonly string[];
};

/** Limits of what a report repeats; the journal has the rest. */
const MAX_FAILURES = 200;
const MAX_STEPS = 5_000;

/** Pure but for `tail`, which reads the last lines of an attempt's output. */
export async function reportOf(
  state: RunState,
  events: Iterable<RecordedEvent>,
  alive: boolean,
  tail: (dir: string) => Promise<readonly string[]>,
  next: readonly string[],
): Promise<RunReport> {
  const status = statusReport(state, alive);
  const questions = new Map<string, string>();
  const dirs = new Map<string, string>();
  const answers: AnswerRecord[] = [];
  const owners: { wallMs: number; actor: Actor; pid: number }[] = [];
  const failures: FailureRecord[] = [];
  const doubts: { wallMs: number; at: Address; as: string; by: string; reason: string; actor: Actor }[] = [];
  for (const event of events) {
    const { wallMs } = event;
    if (event.type === "prompt-opened") questions.set(event.prompt.id, event.prompt.text);
    if (event.type === "attempt-released") dirs.set(event.at, event.dir);
    if (event.type === "owner-acquired") owners.push({ wallMs, actor: event.actor, pid: event.identity.pid });
    if (event.type === "doubt-resolved") {
      const { at, as, by, reason, actor } = event;
      doubts.push({ wallMs, at, as, by, reason, actor });
    }
    if (event.type === "prompt-answered") {
      const { at, actor, promptId } = event;
      answers.push({ wallMs, at, actor, question: questions.get(promptId) ?? "", ...answerWords(event.answer) });
    }
    if (event.type === "attempt-ended" && event.outcome.kind === "failed" && failures.length < MAX_FAILURES) {
      const dir = dirs.get(event.at);
      const lines = dir === undefined ? [] : await tail(dir);
      failures.push({ wallMs, at: event.at, message: event.outcome.failure.message, lines });
    }
    if (event.type === "step-failed" && failures.length < MAX_FAILURES) {
      failures.push({ wallMs, at: event.at, message: event.failure.message, lines: [] });
    }
  }
  return {
    status,
    startedBy: state.created?.actor,
    durationMs: state.lastMs - state.createdMs,
    steps: status.steps.slice(0, MAX_STEPS).map(withDuration),
    answers,
    owners,
    failures,
    doubts,
    next,
  };
}

function withDuration(step: StepReport): StepRecord {
  return step.endedMs === undefined ? step : { ...step, durationMs: step.endedMs - step.startedMs };
}

function answerWords(answer: unknown): { answer: string; reason?: string } {
  const given = answer as {
    kind: string;
    choice?: string;
    done?: boolean;
    reason?: string;
    note?: string;
    typed?: string;
    value?: unknown;
  };
  const word =
    given.choice ??
    (given.kind === "manual"
      ? given.done
        ? "done"
        : "failed"
      : given.kind === "value"
        ? JSON.stringify(given.value)
        : given.kind);
  const reason = given.reason ?? given.note;
  return reason ? { answer: word, reason } : { answer: word };
}
