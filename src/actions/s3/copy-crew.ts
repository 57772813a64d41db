import { Worker } from "node:worker_threads";
import type { CopyObjectCommandInput } from "@aws-sdk/client-s3";
import { ownScript } from "../../lib/own-files.ts";
import type { SendOptions } from "./attempts.ts";
import type { Environment } from "./connect.ts";
import type { Connection } from "./fields.ts";
import type { SdkError } from "./sdk-error.ts";

/**
 * Threads that send CopyObject requests. One thread can send about 1,300 a second, because each costs it 0.8 ms of work
 * in the SDK; a copy of many small objects is bound by that and by nothing else. Deciding, waiting under the limit,
 * trying again and verifying stay with the caller.
 */
export type CopyCrew = {
  /** The ETag of the copy, as the store gives it. Rejects with what the SDK threw. */
  copy(input: CopyObjectCommandInput, options: SendOptions): Promise<string | undefined>;
  /** False once a thread has died; what it had in hand was rejected. */
  readonly alive: boolean;
  close(): void;
};

export type CrewOptions = {
  readonly connection: Connection;
  readonly env: Environment;
  readonly threads: number;
  /** Connections per thread. */
  readonly sockets: number;
  readonly onAnswer: (throttled: boolean) => void;
};

export type CrewRequest = {
  readonly id: number;
  readonly input: CopyObjectCommandInput;
  readonly requestTimeout: number;
};

/** `throttled`: one entry per answer of the store since the last message. */
export type CrewAnswer = { readonly throttled: readonly boolean[] } & (
  | { readonly kind: "ok"; readonly id: number; readonly etag: string | undefined }
  | { readonly kind: "error"; readonly id: number; readonly error: PlainError }
);

/** What of an SDK error crosses threads. */
export type PlainError = Pick<SdkError, "name" | "message" | "code" | "$metadata" | "$response" | "Region">;

type Pending = { resolve(etag: string | undefined): void; reject(error: unknown): void };

export function copyCrew(options: CrewOptions): CopyCrew {
  const pending = new Map<number, Pending>();
  const workers = Array.from({ length: options.threads }, () => startWorker(options, pending));
  let next = 0;
  let alive = true;
  for (const worker of workers) {
    worker.on("error", (error) => {
      alive = false;
      // Nobody else will settle what the thread had in hand.
      for (const waiting of [...pending.values()]) waiting.reject(error);
    });
  }
  return {
    get alive() {
      return alive;
    },
    copy: (input, { requestTimeout, abortSignal }) =>
      new Promise((resolve, reject) => {
        const id = next++;
        const onAbort = () => settle(() => reject(abortSignal.reason));
        const settle = (end: () => void) => {
          pending.delete(id);
          abortSignal.removeEventListener("abort", onAbort);
          end();
        };
        abortSignal.addEventListener("abort", onAbort, { once: true });
        pending.set(id, {
          resolve: (etag) => settle(() => resolve(etag)),
          reject: (error) => settle(() => reject(error)),
        });
        workers[id % workers.length]!.postMessage({ id, input, requestTimeout } satisfies CrewRequest);
      }),
    close() {
      for (const worker of workers) void worker.terminate();
    },
  };
}

function startWorker({ connection, env, sockets, onAnswer }: CrewOptions, pending: Map<number, Pending>): Worker {
  const worker = new Worker(ownScript("actions/s3/copy-worker"), {
    workerData: { connection, env, sockets },
  });
  worker.on("message", (answer: CrewAnswer) => {
    for (const throttled of answer.throttled) onAnswer(throttled);
    const waiting = pending.get(answer.id);
    if (answer.kind === "ok") waiting?.resolve(answer.etag);
    else waiting?.reject(Object.assign(new Error(answer.error.message), answer.error));
  });
  return worker;
}
