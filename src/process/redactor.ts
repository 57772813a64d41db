import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ownScript } from "../lib/own-files.ts";
import { helperVariable } from "./process-table.ts";
import type { RedactorReply, RedactorRequest } from "./redactor-protocol.ts";

/** The one redactor process of this executor, started when the first command with secrets is. */
export type Redactor = {
  /** Resolves when the redactor reads the FIFOs. @throws when it cannot; then the command must not be started. */
  attach(request: Omit<RedactorRequest, "id">): Promise<void>;
  /** It ends when its last attempt has; nothing is cut off. */
  close(): void;
};

type Pending = { resolve(): void; reject(error: Error): void };
type Helper = {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly pending: Map<number, Pending>;
};

export function createRedactor(): Redactor {
  let helper: Helper | undefined;
  let lastId = 0;

  async function attach(request: Omit<RedactorRequest, "id">): Promise<void> {
    try {
      await ask(request);
    } catch (error) {
      // It may have been killed long ago without our having heard of it. Nothing has passed through yet: ask a new one.
      if (!(error instanceof RedactorGone)) throw error;
      await ask(request);
    }
  }

  function ask(request: Omit<RedactorRequest, "id">): Promise<void> {
    helper ??= start(() => {
      helper = undefined;
    });
    const { child, pending } = helper;
    const id = ++lastId;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    pending.set(id, { resolve, reject });
    hold(helper);
    child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    return promise;
  }

  return { attach, close: () => helper?.child.stdin.end() };
}

function start(onGone: () => void): Helper {
  // Own session: signals to the commands' groups pass it by. Empty environment: the executor's may hold secrets.
  const child = spawn(process.execPath, [ownScript("process/redactor-main")], {
    cwd: "/",
    detached: true,
    env: { [helperVariable]: "redactor" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const helper: Helper = { child, pending: new Map() };
  let isGone = false;
  const gone = (error?: Error): void => {
    if (isGone) return;
    isGone = true;
    onGone();
    const reason = error?.message ?? `it ended (${child.signalCode ?? child.exitCode})`;
    for (const { reject } of helper.pending.values()) reject(new RedactorGone(`the redactor process: ${reason}`));
    helper.pending.clear();
  };
  child.on("error", gone);
  child.on("exit", () => gone());
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => settle(helper, JSON.parse(line) as RedactorReply));
  return helper;
}

class RedactorGone extends Error {
  override readonly name = "RedactorGone";
}

function settle(helper: Helper, { id, problem }: RedactorReply): void {
  const waiting = helper.pending.get(id);
  helper.pending.delete(id);
  hold(helper);
  if (problem === undefined) waiting?.resolve();
  else waiting?.reject(new Error(`the redactor process: ${problem}`));
}

/** It keeps this process alive only while somebody waits for its answer. */
function hold({ child, pending }: Helper): void {
  const handles = [child, child.stdin as unknown as Socket, child.stdout as unknown as Socket];
  for (const handle of handles) pending.size > 0 ? handle.ref() : handle.unref();
}
