import { join } from "node:path";
import type { Progress } from "../../domain/action.ts";
import { planOf } from "../../domain/plan.ts";
import type { RunOutcome } from "../../domain/ports.ts";
import type { Actor } from "../../domain/prompt.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { RunSource } from "../../tui/run-source.ts";
import { followRun } from "../follow.ts";
import { loadStored } from "../session/stored-runbook.ts";
import { readValue } from "./book-source.ts";

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
export async function takeSeat({ runDir, runId, actor, readOnly }: Seat): Promise<SeatedRun> {
  const listeners = new Set<() => void>();
  const progress = new Map<string, Progress>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const { state, client, ended } = await followRun({
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
  const loaded = await loadStored(runDir, state);
  const source: RunSource = {
    runId,
    plan: planOf(loaded.runbook, state.params, loaded.sha256, fingerprint),
    state,
    readOnly,
    ended,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    progressOf: (at) => progress.get(at),
    answer: async (prompt, answer) => client?.answer(prompt, answer),
    stop: async (kind) => client?.stop(kind),
    readValue,
    logPath: (dir) => join(runDir, dir, "out"),
  };
  return { source, live: client !== undefined, ended, close: () => client?.close() };
}
