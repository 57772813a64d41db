import { parentOf } from "../domain/address.ts";
import type { RecordedEvent } from "../domain/event.ts";
import type { RunState } from "../domain/state.ts";
import { answerWords } from "./answer-words.ts";
import { createItems } from "./items.ts";
import type { AnswerRecord, DoubtRecord, FailureRecord, LogRecord, RunReport, StepRecord } from "./model.ts";
import { type StepReport, statusReport } from "./status.ts";

/** Limits of what a report repeats; the journal has the rest. */
const MAX_FAILURES = 200;
const MAX_STEPS = 5_000;
const MAX_LOGS = 100;

export type ReportRequest = {
  /** A process owns the run now. */
  readonly alive: boolean;
  /** What to type next, most useful first. */
  readonly next: readonly string[];
  /** The last lines of an attempt's output, masked as they were written. */
  tail(dir: string): Promise<readonly string[]>;
  readonly chain?: RunReport["chain"];
};

/** Pure but for `tail`. */
export async function reportOf(
  state: RunState,
  events: Iterable<RecordedEvent>,
  { alive, next, tail, chain }: ReportRequest,
): Promise<RunReport> {
  const status = statusReport(state, alive);
  const questions = new Map<string, string>();
  const released = new Map<string, { readonly dir: string; readonly n: number; readonly hidden: boolean }>();
  const answers: AnswerRecord[] = [];
  const owners: RunReport["owners"][number][] = [];
  const failures: FailureRecord[] = [];
  const doubts: DoubtRecord[] = [];
  const items = createItems(state);
  let failed = 0;
  let attempts = 0;
  const linesOf = async (at: string): Promise<readonly string[]> => {
    const attempt = released.get(at);
    return attempt && !attempt.hidden ? tail(attempt.dir) : [];
  };
  for (const event of events) {
    const { wallMs } = event;
    items.see(event);
    switch (event.type) {
      case "prompt-opened":
        questions.set(event.prompt.id, event.prompt.text);
        break;
      case "attempt-released":
        attempts++;
        released.set(event.at, { dir: event.dir, n: event.n, hidden: event.sensitive === true });
        break;
      case "owner-acquired":
        owners.push({ wallMs, actor: event.actor, pid: event.identity.pid });
        break;
      case "doubt-resolved": {
        const { at, as, by, reason, actor } = event;
        doubts.push({ wallMs, at, as, by, reason, actor });
        break;
      }
      case "prompt-answered": {
        const { at, actor, promptId } = event;
        answers.push({ wallMs, at, actor, question: questions.get(promptId) ?? "", ...answerWords(event.answer) });
        break;
      }
      case "attempt-ended":
        if (event.outcome.kind !== "failed" || ++failed > MAX_FAILURES) break;
        failures.push({
          wallMs,
          at: event.at,
          message: event.outcome.failure.message,
          lines: await linesOf(event.at),
        });
        break;
      case "step-failed":
        if (++failed > MAX_FAILURES) break;
        failures.push({ wallMs, at: event.at, message: event.failure.message, lines: [] });
    }
  }
  const logs: LogRecord[] = [];
  // Items tell their story by their failures; their output would bury the rest.
  const told = [...released].filter(([at]) => !isInFan(state, at));
  for (const [at, { n }] of told.slice(0, MAX_LOGS)) {
    const lines = await linesOf(at);
    if (lines.length > 0) logs.push({ at, attempt: n, lines });
  }
  const steps = status.steps.slice(0, MAX_STEPS).map(withDuration);
  return {
    format: "runsheet-report/1",
    status,
    startedBy: state.created?.actor,
    version: state.created?.version,
    durationMs: state.lastMs - state.createdMs,
    attempts,
    steps,
    ...items.told(),
    answers,
    owners,
    failures,
    doubts,
    logs,
    next,
    ...(chain ? { chain } : {}),
    leftOut: {
      steps: status.steps.length - steps.length,
      items: items.leftOut(),
      failures: Math.max(0, failed - MAX_FAILURES),
      logs: Math.max(0, told.length - MAX_LOGS),
    },
  };
}

function withDuration(step: StepReport): StepRecord {
  return step.endedMs === undefined ? step : { ...step, durationMs: step.endedMs - step.startedMs };
}

function isInFan(state: RunState, at: string): boolean {
  for (let above = parentOf(at); above !== ""; above = parentOf(above)) if (state.steps.get(above)?.fan) return true;
  return false;
}
