import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ownScript } from "../../../lib/own-files.ts";
import { Gate } from "../download/gate.ts";
import { nativeChunk } from "./chunk-writer.ts";
import type { ChunkSink } from "./contract.ts";
import type { BlockProgress } from "./decode-blocks.ts";
import { EraFormatError } from "./era-format-error.ts";
import type { EraJob, EraTask, TaskResult } from "./era-task.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/**
 * Runs the tasks in `count` threads, each with a kernel and a file handle of its own. Chunks reach the sink in as many
 * calls at a time as it bears; a thread whose chunks wait goes on until it has filled the next. The first failure, or the
 * signal, ends all.
 */
export async function runInWorkers(
  job: EraJob,
  tasks: readonly EraTask[],
  count: number,
  sink: ChunkSink,
  signal: AbortSignal | undefined,
  progress: BlockProgress,
  done: (result: TaskResult) => void,
): Promise<void> {
  const waiting = [...tasks];
  const sinkCalls = new Gate(job.sinkCalls);
  let failed = false;
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(() => {});
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });

  const workers = Array.from(
    { length: Math.min(count, tasks.length) },
    () => new Worker(WORKER_URL, { workerData: job, resourceLimits: LIMITS }),
  );
  const finished = workers.map(async (worker) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.once("error", reject);
    worker.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a decoding thread ended with ${code}`))));
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "ready": {
          const task = waiting.shift();
          send(worker, task === undefined ? { kind: "end" } : { kind: "task", task });
          return;
        }
        case "chunk": {
          const { dataset, rows, bytes, memory, chunk } = message;
          const parts = [new Uint8Array(memory, 0, bytes)];
          sinkCalls
            .run(async () => failed || (await sink(nativeChunk(dataset, rows, parts, bytes, chunk))))
            .then(() => send(worker, { kind: "taken", memory }))
            .catch((error) => {
              failed = true;
              reject(error);
            });
          return;
        }
        case "progress":
          return progress(message.blocks, message.bytes);
        case "done":
          return done(message.result);
        case "bad-file":
          return reject(new EraFormatError(message.problem));
        case "failed":
          return reject(message.error);
      }
    });
    return promise;
  });
  try {
    // A thread ends when all its chunks have come back.
    await Promise.race([Promise.all(finished), stopped]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
    // Those that were terminated end with an error of their own, which explains nothing.
    await Promise.allSettled(finished);
  }
}

/** The sources run as they are; what is built from them ends in .js. */
const WORKER_URL = pathToFileURL(ownScript("actions/era/decode/worker"));

/** The thread's own garbage is small and short-lived; its columns are not on its heap. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

function send(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
