import { join } from "node:path";
import type { WriteStream } from "node:tty";
import type { Progress } from "../domain/action.ts";
import { planOf } from "../domain/plan.ts";
import type { RunOutcome } from "../domain/ports.ts";
import type { Actor } from "../domain/prompt.ts";
import { fingerprint, readParamValue } from "../runbook/index.ts";
import type { RunSource } from "../tui/run-source.ts";
import { type Following, followRun } from "./follow.ts";
import { loadStored } from "./session/stored-runbook.ts";

export type ScreenRequest = {
  readonly runDir: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly readOnly: boolean;
  readonly color: boolean;
};

/** Opens the full screen on a run until it ends or the operator leaves; a run that is left goes on. */
export async function attachScreen(request: ScreenRequest): Promise<RunOutcome> {
  const { runDir, runId } = request;
  const listeners = new Set<() => void>();
  const progress = new Map<string, Progress>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const following = await followRun({
    runDir,
    runId,
    actor: request.actor,
    canAnswer: !request.readOnly,
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
  if (!following.client) return await following.ended;
  const source = await sourceOf(request, following, listeners, progress);
  const { openScreen } = await import("../tui/screen.ts");
  const end = await openScreen({
    source,
    input: process.stdin,
    terminal: (process.stdout.isTTY ? process.stdout : process.stderr) as WriteStream & { fd: number },
    env: process.env,
    noColor: !request.color || Boolean(process.env.NO_COLOR),
    strayFile: join(runDir, "screen-debug.log"),
  });
  for (const line of end.summary) process.stderr.write(`${line}\n`);
  following.client.close();
  return end.outcome ?? detached(runId);
}

async function sourceOf(
  { runDir, runId, readOnly }: ScreenRequest,
  { state, client, ended }: Following,
  listeners: Set<() => void>,
  progress: ReadonlyMap<string, Progress>,
): Promise<RunSource> {
  const loaded = await loadStored(runDir, state);
  return {
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
    readValue: (spec, text) => {
      const read = readParamValue(spec, text, process.cwd());
      return read.kind === "ok"
        ? { kind: "ok", value: read.value }
        : { kind: "failed", problem: `${read.message}${read.mend ? `; ${read.mend}` : ""}` };
    },
    logPath: (dir) => join(runDir, dir, "out"),
  };
}

function detached(runId: string): RunOutcome {
  return { exitCode: 0, summary: `left the screen; run ${runId} goes on`, next: [`runsheet attach ${runId}`] };
}
