import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { RecordedEvent } from "../domain/event.ts";
import type { Json } from "../domain/json.ts";
import type { FrontEnd, Live, RunOutcome } from "../domain/ports.ts";
import { type Actor, type Answer, answerProblem, type Prompt } from "../domain/prompt.ts";
import type { RunReply, RunRequest } from "../domain/run-request.ts";
import { valueFromJson } from "../domain/value.ts";
import { readMessages, writeMessage } from "./lines.ts";
import { PROTOCOL, type ToExecutor, type ToScreen } from "./protocol.ts";
import { chooseSocketPath } from "./socket-path.ts";

export type LinkOptions = {
  readonly runDir: string;
  readonly runId: string;
  /** Last event of the journal at this moment. */
  lastSeq(): number;
  /** `true`: prompts wait for somebody to attach. `false` (batch): only while somebody who can answer is attached. */
  readonly waitForPeople: boolean;
  stop(kind: "after-step" | "now" | "leave", actor: Actor): void;
  /** What else a screen may ask for. */
  request?(request: RunRequest, actor: Actor): Promise<RunReply>;
};

type Screen = { readonly socket: Socket; canAnswer: boolean; attached: boolean };
type Waiting = { readonly prompt: Prompt; settle(answered: { answer: Answer; actor: Actor } | undefined): void };

/** News of progress is sent at most this often per step; the latest wins. */
const LIVE_EVERY_MS = 50;
const MAX_LOG_LINES = 200;
/** A screen that has not read this much is behind; it gets no more live news until it has (events are in the journal). */
const SLOW_SCREEN_BYTES = 4 * 1024 * 1024;

/**
 * The executor's side of the socket: a front end that serves any number of screens. A screen that does not read cannot slow
 * the run down: it is dropped when too much is waiting for it, and reads the journal when it comes back.
 */
export async function startLink(options: LinkOptions): Promise<FrontEnd> {
  const screens = new Set<Screen>();
  const waiting = new Map<string, Waiting>();
  const live = new Map<string, Live>();
  let liveTimer: NodeJS.Timeout | undefined;
  let logLines = 0;

  const toAll = (message: ToScreen): void => {
    for (const screen of screens) {
      if (!screen.attached) continue;
      if (screen.socket.writableLength > SLOW_SCREEN_BYTES) screen.socket.destroy();
      else writeMessage(screen.socket, message);
    }
  };
  const somebodyCanAnswer = () => [...screens].some((screen) => screen.attached && screen.canAnswer);
  const releaseUnanswerable = (): void => {
    if (options.waitForPeople || somebodyCanAnswer()) return;
    for (const waiter of [...waiting.values()]) waiter.settle(undefined);
  };

  const server = createServer((socket) => {
    const screen: Screen = { socket, canAnswer: false, attached: false };
    screens.add(screen);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      screens.delete(screen);
      releaseUnanswerable();
    });
    readMessages(socket, (message) => {
      if ((message as ToExecutor).kind === "request") {
        void serveRequest(screen, message as Extract<ToExecutor, { kind: "request" }>, options);
        return;
      }
      const problem = receive(screen, message as ToExecutor, options, waiting);
      const id = (message as { id?: unknown }).id;
      if (typeof id === "number") {
        writeMessage(socket, { kind: "reply", id, ...(problem === undefined ? {} : { problem }) } satisfies ToScreen);
      }
    });
  });
  const path = chooseSocketPath(options.runDir);
  await listen(server, path);

  return {
    notify: (event: RecordedEvent) => {
      if (screens.size > 0) toAll({ kind: "event", event });
    },
    live: (news) => {
      if (screens.size === 0) return;
      // Lines beyond this are in the attempt's log file.
      if (news.kind === "log" && logLines++ < MAX_LOG_LINES) live.set(`${news.at}\n${logLines}`, news);
      if (news.kind === "progress") live.set(news.at, news);
      liveTimer ??= setTimeout(() => {
        liveTimer = undefined;
        for (const latest of live.values()) toAll({ kind: "live", news: latest });
        live.clear();
        logLines = 0;
      }, LIVE_EVERY_MS);
    },
    ask: (prompt, signal) =>
      new Promise((resolve) => {
        const settle: Waiting["settle"] = (answered) => {
          waiting.delete(prompt.id);
          resolve(answered);
        };
        if (signal.aborted || (!options.waitForPeople && !somebodyCanAnswer())) return settle(undefined);
        waiting.set(prompt.id, { prompt, settle });
        signal.addEventListener("abort", () => settle(undefined), { once: true });
      }),
    close: async (outcome: RunOutcome) => {
      clearTimeout(liveTimer);
      // First nobody new comes in: whom we do not know we would not send away, and would wait for.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      toAll({ kind: "bye", exitCode: outcome.exitCode, summary: outcome.summary, next: outcome.next });
      await Promise.all([...screens].map((screen) => endOf(screen.socket)));
      await closed;
      rmSync(path, { force: true });
    },
  };
}

/** Acts on one message; returns why it was not taken. */
function receive(
  screen: Screen,
  message: ToExecutor,
  options: LinkOptions,
  waiting: ReadonlyMap<string, Waiting>,
): string | undefined {
  switch (message.kind) {
    case "attach":
      screen.attached = true;
      screen.canAnswer = message.canAnswer;
      writeMessage(screen.socket, {
        kind: "hello",
        protocol: PROTOCOL,
        runId: options.runId,
        pid: process.pid,
        seq: options.lastSeq(),
      } satisfies ToScreen);
      return undefined;
    case "answer": {
      const waiter = waiting.get(message.promptId);
      if (!waiter) return "this question is no longer open: somebody else answered it, or the run went on";
      if (waiter.prompt.hash !== message.hash) return "the question reads differently now; look at it again";
      const answer = answerFromWire(message.answer);
      const problem = answerProblem(waiter.prompt, answer);
      if (problem === undefined) waiter.settle({ answer, actor: message.actor });
      return problem;
    }
    case "stop":
      options.stop(message.stop, message.actor);
      return undefined;
    default:
      return "unknown message: this program and the executor are of different versions";
  }
}

/** A reply may take as long as a probe does; it comes when it is there. */
async function serveRequest(
  { socket, canAnswer }: Screen,
  { id, request, actor }: Extract<ToExecutor, { kind: "request" }>,
  options: LinkOptions,
): Promise<void> {
  const reply = (message: object): void => writeMessage(socket, { kind: "reply", id, ...message });
  if (!canAnswer) return reply({ problem: "this screen only looks" });
  const served = await options.request?.(request, actor).catch(
    (error: unknown): RunReply => ({
      kind: "failed",
      problem: error instanceof Error ? error.message : String(error),
    }),
  );
  if (!served) return reply({ problem: "the run is not being carried on" });
  return reply(served.kind === "ok" ? { value: served.value } : { problem: served.problem });
}

function answerFromWire(answer: Answer): Answer {
  return answer.kind === "value" ? { ...answer, value: valueFromJson(answer.value as Json) } : answer;
}

async function listen(server: Server, path: string): Promise<void> {
  // The lock of the run is ours, so a socket that lies here belongs to a dead executor.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  });
}

function endOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    // A screen that does not read must not keep the executor from ending.
    const timer = setTimeout(() => socket.destroy(), 1_000);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.end();
  });
}
