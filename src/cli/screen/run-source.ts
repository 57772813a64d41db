import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../domain/action.ts";
import { attemptDirName } from "../../domain/address.ts";
import { nodeAt, type Plan, planOf } from "../../domain/plan.ts";
import type { RunOutcome } from "../../domain/ports.ts";
import type { Actor } from "../../domain/prompt.ts";
import type { RunState } from "../../domain/state.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { RunSource } from "../../tui/run-source.ts";
import { type Following, followRun } from "../follow.ts";
import { outputFile } from "../session/output-file.ts";
import { loadStored } from "../session/stored-runbook.ts";
import { readValue } from "./book-source.ts";
import { carryOnWith, type Told } from "./carry-on-with.ts";
import { estimatesFor } from "./estimates.ts";
import { paramTexts } from "./value-text.ts";

export type Seat = {
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly readOnly: boolean;
};

export type SeatedRun = {
  readonly source: RunSource;
  /** An executor is there. */
  readonly live: boolean;
  readonly ended: Promise<RunOutcome>;
  close(): void;
};

/** Connects to a run for a screen; without an executor the record is what there is. */
export async function takeSeat(seat: Seat): Promise<SeatedRun> {
  const { runDir, runId, actor, readOnly } = seat;
  const listeners = new Set<() => void>();
  const progress = new Map<string, Progress>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const follow = (): Promise<Following> =>
    followRun({
      runDir,
      runId,
      actor,
      canAnswer: !readOnly,
      onEvent: (event) => {
        if (event.type === "attempt-ended") progress.delete(event.at);
        tell();
      },
      onLive: (news) => {
        if (news.kind !== "progress") return;
        progress.set(news.at, news.progress);
        tell();
      },
    });
  let current = await follow();
  let plan = await storedPlan(runDir, current.state);
  let estimates: ReadonlyMap<string, number> = new Map();
  const live = current.client !== undefined;
  if (live) {
    void estimatesFor(runDir, runId, plan.runbook.name).then((found) => {
      estimates = found;
      tell();
    }, noEstimates);
  }
  /** The next executor, while one is on its way after this one was stopped for it. */
  let next: Promise<Following | undefined> | undefined;
  const ended = (async (): Promise<RunOutcome> => {
    for (;;) {
      const outcome = await current.ended;
      const following = await next;
      next = undefined;
      if (!following) return outcome;
      progress.clear();
      current = following;
      plan = await storedPlan(runDir, current.state);
      tell();
    }
  })();
  const source: RunSource = {
    runId,
    get plan() {
      return plan;
    },
    get state() {
      return current.state;
    },
    readOnly,
    ended,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    progressOf: (at) => progress.get(at),
    answer: async (prompt, answer) => current.client?.answer(prompt, answer),
    stop: async (kind) => current.client?.stop(kind),
    readValue,
    logPath: (dir, stream = "out") => outputFile(runDir, current.state, dir, stream),
    request: async (request) => current.client?.request(request) ?? { kind: "failed", problem: "no executor is there" },
    paramTexts: () => paramTexts(plan.runbook.params, current.state.params),
    estimateMs: (at) => estimates.get(at),
    // Of a done item nothing remembers that it is sensitive but the plan.
    attemptDir: (at) => (nodeAt(plan, at)?.step.sensitive ? undefined : newestAttempt(runDir, at)),
    retryWith: async (changes) => {
      const typed = Object.values(plan.runbook.secrets).some(({ kind }) => kind === "prompt");
      if (typed) return `its secrets are typed: stop it, then runsheet resume ${runId} -p name=value`;
      const going = Promise.withResolvers<Following | undefined>();
      next = going.promise;
      const before = current;
      const order = await before.client?.request({ kind: "order" });
      const told = order?.kind === "ok" ? (order.value as unknown as Told) : undefined;
      const problem = await stopFor(before);
      if (problem !== undefined) {
        next = undefined;
        going.resolve(undefined);
        return problem;
      }
      await before.ended;
      try {
        const trouble = await carryOnWith(seat, changes, told);
        going.resolve(trouble === undefined ? await follow() : undefined);
        return trouble;
      } catch (error) {
        going.resolve(undefined);
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
  return { source, live, ended, close: () => current.client?.close() };
}

/** Without them the screen shows none; nobody is to be bothered. */
function noEstimates(): void {}

async function storedPlan(runDir: string, state: RunState): Promise<Plan> {
  const loaded = await loadStored(runDir, state);
  return planOf(loaded.runbook, state.params, loaded.sha256, fingerprint);
}

/** Brings the run to rest where it stands: in front of the step that failed. */
async function stopFor({ state, client }: Following): Promise<string | undefined> {
  if (!client) return "no executor is there";
  const failed = [...state.prompts.values()].find(({ prompt }) => prompt.purpose === "failure")?.prompt;
  const reason = "it goes on with other parameters";
  return failed ? client.answer(failed, { kind: "choose", choice: "stop", reason }) : client.stop("after-step");
}

/** More tries than these of an item that is done are not looked for. */
const MAX_TRIES = 100;

/** Of an item that is done nothing is kept but its files. */
function newestAttempt(runDir: string, at: string): string | undefined {
  let newest: string | undefined;
  for (let n = 1; n <= MAX_TRIES; n++) {
    const dir = join("attempts", attemptDirName(at, n));
    if (!existsSync(join(runDir, dir))) break;
    newest = dir;
  }
  return newest;
}
