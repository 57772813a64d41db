import type { FileHandle } from "node:fs/promises";
import type { Network } from "../../../lib/beacon/network.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import type { ChunkSink, ConstantColumn, ValueMode } from "./contract.ts";
import { DATASET_NAMES, type DatasetName } from "./datasets.ts";
import { type BlockProgress, type BlocksResult, decodeBlocks } from "./decode-blocks.ts";
import type { EraLayout } from "./era-layout.ts";
import type { Kernel } from "./kernel.ts";
import { borrowKernel, returnKernel } from "./kernels.ts";
import { program } from "./program.ts";
import { readState } from "./state-check.ts";

/** Everything about a decoding that does not change from one part of the file to the next. Plain data. */
export type EraJob = {
  readonly file: string;
  readonly layout: EraLayout;
  readonly network: Network;
  readonly values: ValueMode;
  readonly datasets: readonly DatasetName[];
  /** For each thread. */
  readonly chunkBytes: number;
  readonly constantColumns: readonly ConstantColumn[];
  readonly verifyCrc: boolean;
  readonly kernel: Kernel["name"] | undefined;
  /** Calls of the sink at once, when threads decode; each thread has as many chunks under way. */
  readonly sinkCalls: number;
  /** Whether decoding stops while the sink is open: in a thread, whose sink only copies and waits for its turn. */
  readonly sinkWaits: boolean;
};

/** A part of the file that one thread works on at a time. */
export type EraTask =
  | { readonly kind: "blocks"; readonly from: number; readonly to: number; readonly firstChunk: number }
  | { readonly kind: "state" };

export type TaskResult =
  | ({
      readonly kind: "blocks";
      readonly from: number;
      readonly rows: { readonly [dataset in DatasetName]?: number };
      readonly nativeBytes: number;
    } & BlocksResult)
  | { readonly kind: "state"; readonly front: Uint8Array };

/** Runs tasks one after the other, with one kernel. */
export async function runTasks(
  handle: FileHandle,
  job: EraJob,
  tasks: AsyncIterable<EraTask> | Iterable<EraTask>,
  sink: ChunkSink,
  signal: AbortSignal | undefined,
  progress: BlockProgress,
  done: (result: TaskResult) => void,
): Promise<void> {
  const kernel = borrowKernel(job.kernel, job.chunkBytes);
  const wanted = DATASET_NAMES.filter((name) => job.datasets.includes(name));
  const plan = program(job.network.preset, job.values, wanted);
  let writer: ChunkWriter | undefined;
  try {
    for await (const task of tasks) {
      if (task.kind === "state") {
        const bytesDone = (bytes: number) => progress(0, bytes);
        const front = await readState(handle, job.layout, job.network, kernel, job.verifyCrc, signal, bytesDone);
        done({ kind: "state", front });
        continue;
      }
      kernel.start(plan);
      const { chunkBytes, sinkWaits: waits, constantColumns: constants } = job;
      writer = new ChunkWriter(kernel, plan, sink, {
        chunkBytes,
        waits,
        constants,
        firstChunk: task.firstChunk,
        signal,
      });
      const part = { layout: job.layout, network: job.network, ...task, verifyCrc: job.verifyCrc };
      const result = await decodeBlocks(handle, part, kernel, plan, writer, signal, progress);
      done({ kind: "blocks", from: task.from, rows: writer.rows, nativeBytes: writer.nativeBytes, ...result });
    }
  } finally {
    // After a failure a sink may still be reading the kernel's memory; such a kernel is left to the collector.
    if (writer?.idle !== false) returnKernel(kernel, job.chunkBytes);
  }
}
