import { open } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { NativeChunk } from "./contract.ts";
import { EraFormatError } from "./era-format-error.ts";
import { type EraJob, type EraTask, runTasks } from "./era-task.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

// The entry of a decoding thread: see workers.ts.

const port = parentPort!;
const job = workerData as EraJob;

let heard = Promise.withResolvers<EraTask | undefined>();
/** Memory of chunks that have come back. It is shared, so that a chunk crosses threads without work for their collectors. */
const spare: SharedArrayBuffer[] = [];
let chunksOut = 0;
let back = Promise.withResolvers<void>();

port.on("message", (message: ToWorker) => {
  if (message.kind === "taken") {
    spare.push(message.memory);
    chunksOut--;
    back.resolve();
    back = Promise.withResolvers();
  } else heard.resolve(message.kind === "task" ? message.task : undefined);
});

async function* tasks(): AsyncGenerator<EraTask> {
  for (;;) {
    say({ kind: "ready" });
    const task = await heard.promise;
    heard = Promise.withResolvers();
    if (task === undefined) return;
    yield task;
  }
}

/** Copies the chunk out of the kernel, so that the kernel goes on while the copy is with the other thread. */
async function sink(chunk: NativeChunk): Promise<void> {
  while (chunksOut >= job.sinkCalls) await back.promise;
  chunksOut++;
  const known = spare.pop();
  const enough = known !== undefined && known.byteLength >= chunk.bytes;
  const memory = enough ? known : new SharedArrayBuffer(Math.max(ENOUGH_BYTES, chunk.bytes));
  const bytes = new Uint8Array(memory);
  let at = 0;
  for (const part of chunk.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const { dataset, rows, chunk: number } = chunk;
  say({ kind: "chunk", dataset, rows, chunk: number, bytes: chunk.bytes, memory });
}

/** For all but freak chunks; what is not touched costs nothing. Buffers that grow step by step leave garbage behind. */
const ENOUGH_BYTES = Math.ceil(0.75 * job.chunkBytes);

let blocks = 0;
let doneBytes = 0;

function progress(moreBlocks: number, moreBytes: number): void {
  blocks += moreBlocks;
  doneBytes += moreBytes;
  if (doneBytes >= REPORT_BYTES) report();
}

function report(): void {
  say({ kind: "progress", blocks, bytes: doneBytes });
  blocks = 0;
  doneBytes = 0;
}

const REPORT_BYTES = 4 * 2 ** 20;

function say(message: FromWorker): void {
  port.postMessage(message);
}

try {
  await using handle = await open(job.file, "r");
  await runTasks(handle, job, tasks(), sink, undefined, progress, (result) => {
    report();
    say({ kind: "done", result });
  });
  while (chunksOut > 0) await back.promise;
} catch (error) {
  if (error instanceof EraFormatError) {
    const { file, slot, byteOffset, what, hint } = error;
    say({ kind: "bad-file", problem: { file, slot, byteOffset, what, hint } });
  } else say({ kind: "failed", error });
}
port.close();
