import { join } from "node:path";
import { createRunFor } from "../../src/cli/session/create.ts";
import { executeRun } from "../../src/cli/session/executor.ts";
import { eventsFor, type Intent, skipsFor } from "../../src/cli/session/intent.ts";
import { loadForUse } from "../../src/cli/session/load.ts";
import { paramsFor } from "../../src/cli/session/params.ts";
import type { RecordedEvent } from "../../src/domain/event.ts";
import type { RunOutcome } from "../../src/domain/ports.ts";
import type { Actor, Answer, Prompt } from "../../src/domain/prompt.ts";
import { fold } from "../../src/domain/reduce.ts";
import type { RunState } from "../../src/domain/state.ts";
import type { EngineOptions } from "../../src/engine/index.ts";
import { openStateDir, readJournal } from "../../src/journal/index.ts";
import { Bench } from "./runsheet.ts";
import { brokenInvariants } from "./state-invariants.ts";

const actor: Actor = { user: "op", host: "here", via: "test" };

export type RunOf = {
  readonly outcome: RunOutcome;
  readonly events: readonly RecordedEvent[];
  readonly state: RunState;
  readonly prompts: readonly Prompt[];
};

export type HowToRun = {
  readonly params?: readonly string[];
  /** Answers by purpose or address; a function sees the prompt. */
  readonly answer?: (prompt: Prompt) => Answer | undefined;
  readonly engine?: Partial<EngineOptions>;
  readonly intent?: Intent;
  readonly env?: Readonly<Record<string, string>>;
  /** Told of every event, in order. */
  readonly onEvent?: (event: RecordedEvent, state: RunState) => void;
};

/** The whole program but its command line, in this process: real YAML, real SQLite, real commands. */
export class InProcess extends Bench {
  private count = 0;
  runId = "";

  get runDir(): string {
    return join(this.state, "runs", this.runId);
  }

  /** Starts a run of this text. */
  async runText(yaml: string, how: HowToRun = {}): Promise<RunOf> {
    const file = this.file(`book-${++this.count}.yaml`, yaml);
    const loaded = await loadForUse(file, { lenient: true });
    const { params, secrets } = await paramsFor(loaded, { pairs: how.params ?? [], files: [] }, false);
    this.runId = `r${this.count}`;
    createRunFor(openStateDir(this.state), loaded, params, { runId: this.runId, lab: false, actor });
    return this.carryOn({ ...how, intent: how.intent ?? { kind: "run" } }, secrets);
  }

  /** Goes on with the last run. */
  async carryOn(how: HowToRun = {}, givenSecrets: Readonly<Record<string, string>> = {}): Promise<RunOf> {
    const intent = how.intent ?? { kind: "resume", retryFailed: true };
    const prompts: Prompt[] = [];
    const broken: string[] = [];
    const outcome = await executeRun({
      stateDir: openStateDir(this.state),
      runDir: this.runDir,
      runId: this.runId,
      actor,
      engine: { stepMode: false, graceMs: 500, acceptContext: false, ...how.engine },
      waitForPeople: false,
      givenSecrets,
      frontEnds: [
        {
          notify: (event, state) => {
            broken.push(...brokenInvariants(state, event));
            how.onEvent?.(event, state);
          },
          ask: async (prompt) => {
            prompts.push(prompt);
            const answer = how.answer?.(prompt);
            return answer && { answer, actor };
          },
          close: async () => {},
        },
      ],
      before: (state) => eventsFor(intent, this.runDir, state, actor),
      beforeWithPlan: (state, plan) => skipsFor(intent, state, plan),
    });
    if (broken.length > 0) throw new Error(broken.join("\n"));
    const reader = readJournal(this.runDir);
    const events = [...reader.read()];
    reader.close();
    return { outcome, events, state: fold(events), prompts };
  }
}

/** Words for assertions: what happened, in order, without times and ids. */
export function story(events: readonly RecordedEvent[]): readonly string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case "step-ended":
        return [`${event.at} ${event.result.kind}`];
      case "attempt-released":
        return [`${event.at} attempt ${event.n}`];
      case "attempt-ended":
        return event.outcome.kind === "ok" ? [] : [`${event.at} ${event.outcome.kind}`];
      case "step-halted":
        return [`${event.at} halted`];
      case "retry-scheduled":
        return [`${event.at} retry`];
      default:
        return [];
    }
  });
}
