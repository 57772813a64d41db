import { connect, type Socket } from "node:net";
import type { Json } from "../domain/json.ts";
import type { Actor, Answer, Prompt } from "../domain/prompt.ts";
import type { RunReply, RunRequest } from "../domain/run-request.ts";
import { valueToJson } from "../domain/value.ts";
import { readMessages, writeMessage } from "./lines.ts";
import type { ToExecutor, ToScreen } from "./protocol.ts";
import { findSocketPath } from "./socket-path.ts";

/** A screen's side of the socket. */
export type LinkClient = {
  /** Last event of the journal when the connection was made: read up to there, then `onMessage` brings the rest. */
  readonly seq: number;
  readonly pid: number;
  /** Why the answer was not taken, or `undefined` when it was. */
  answer(prompt: Prompt, answer: Answer): Promise<string | undefined>;
  stop(kind: "after-step" | "now" | "leave"): Promise<string | undefined>;
  request(request: RunRequest): Promise<RunReply>;
  /** Resolves when the connection is gone, with the executor's farewell if there was one. */
  readonly closed: Promise<Extract<ToScreen, { kind: "bye" }> | undefined>;
  close(): void;
};

/**
 * Connects to the executor of a run. `undefined` when none listens (it ended, was killed, or has not begun). Events arrive
 * through `onMessage` in order and without gaps after `seq`.
 */
export async function connectLink(
  runDir: string,
  actor: Actor,
  canAnswer: boolean,
  onMessage: (message: ToScreen) => void,
): Promise<LinkClient | undefined> {
  const socket = await open(findSocketPath(runDir));
  if (!socket) return undefined;
  const hello = Promise.withResolvers<Extract<ToScreen, { kind: "hello" }> | undefined>();
  const closed = Promise.withResolvers<Extract<ToScreen, { kind: "bye" }> | undefined>();
  const replies = new Map<number, (problem: string | undefined, value?: Json) => void>();
  let bye: Extract<ToScreen, { kind: "bye" }> | undefined;
  let ids = 0;

  readMessages(socket, (raw) => {
    const message = raw as ToScreen;
    if (message.kind === "hello") hello.resolve(message);
    else if (message.kind === "reply") {
      replies.get(message.id)?.(message.problem, message.value);
      replies.delete(message.id);
    } else if (message.kind === "bye") bye = message;
    else onMessage(message);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    hello.resolve(undefined);
    for (const reply of replies.values()) reply("the executor has ended");
    closed.resolve(bye);
  });
  const send = (message: ToExecutor) => writeMessage(socket, message);
  const request = (build: (id: number) => ToExecutor) =>
    new Promise<string | undefined>((resolve) => {
      if (socket.destroyed) return resolve("the executor has ended");
      const id = ++ids;
      replies.set(id, resolve);
      send(build(id));
    });

  send({ kind: "attach", actor, canAnswer });
  const first = await hello.promise;
  if (!first) return undefined;
  return {
    seq: first.seq,
    pid: first.pid,
    answer: ({ id: promptId, hash }, answer) =>
      request((id) => ({ kind: "answer", id, promptId, hash, answer: toWire(answer), actor })),
    stop: (stop) => request((id) => ({ kind: "stop", id, stop, actor })),
    request: (wanted) =>
      new Promise<RunReply>((resolve) => {
        if (socket.destroyed) return resolve({ kind: "failed", problem: "the executor has ended" });
        const id = ++ids;
        replies.set(id, (problem, value = null) =>
          resolve(problem === undefined ? { kind: "ok", value } : { kind: "failed", problem }),
        );
        send({ kind: "request", id, request: wanted, actor });
      }),
    closed: closed.promise,
    close: () => socket.end(),
  };
}

function toWire(answer: Answer): Answer {
  return answer.kind === "value" ? { ...answer, value: valueToJson(answer.value) as Json as never } : answer;
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}
