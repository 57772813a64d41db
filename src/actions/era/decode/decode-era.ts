import { open } from "node:fs/promises";
import { FORKS } from "../../../lib/beacon/forks.ts";
import { slotsOfEra } from "../../../lib/beacon/network.ts";
import type { ChunkSink, DecodeOptions, EraSummary } from "./contract.ts";
import { DATASET_NAMES, type DatasetName } from "./datasets.ts";
import { type EraLayout, readLayout } from "./era-layout.ts";
import { type EraJob, type EraTask, runTasks, type TaskResult } from "./era-task.ts";
import { checkState } from "./state-check.ts";
import { runInWorkers } from "./workers.ts";

/**
 * Reads the era file at `path`, checks everything that can be checked, and hands its rows to `sink` as ClickHouse
 * Native blocks. Memory does not depend on the size of the era.
 *
 * Resolves only when the whole file was read and every check passed; chunks handed over before a failure must be thrown
 * away by the caller. Throws EraFormatError for a bad file, the sink's own error, the signal's reason, or the file
 * system's error.
 */
export async function decodeEra(path: string, options: DecodeOptions, sink: ChunkSink): Promise<EraSummary> {
  options.signal?.throwIfAborted();
  await using handle = await open(path, "r");
  const layout = await readLayout(handle, path, options);
  const workers = options.workers ?? (layout.sizeBytes >= WORKER_PAYS_BYTES ? 1 : 0);
  const job: EraJob = {
    file: path,
    layout,
    network: options.network,
    values: options.values ?? "exact",
    datasets: options.datasets ?? DATASET_NAMES,
    chunkBytes: Math.ceil((options.chunkBytes ?? DEFAULT_CHUNK_BYTES) / Math.max(1, workers)),
    constantColumns: options.constantColumns ?? [],
    verifyCrc: options.verifyCrc ?? true,
    kernel: options.kernel,
    sinkCalls: options.sinkCalls ?? 1,
    sinkWaits: workers > 0,
  };
  const tasks = split(layout, Math.max(1, workers));
  const progress = progressOf(layout, options.onProgress);
  const results: TaskResult[] = [];
  const done = (result: TaskResult) => results.push(result);
  if (workers === 0) await runTasks(handle, job, tasks, sink, options.signal, progress, done);
  else await runInWorkers(job, tasks, workers, sink, options.signal, progress, done);
  return summary(job, results);
}

const DEFAULT_CHUNK_BYTES = 26 * 2 ** 20;
const WORKER_PAYS_BYTES = 32 * 2 ** 20;

/** Numbers of chunks that belong to one part of the blocks. */
const CHUNKS_PER_PART = 1_000_000;

/** As many parts as there are threads, of about the same number of bytes, and the state. */
function split(layout: EraLayout, parts: number): EraTask[] {
  const tasks: EraTask[] = [];
  const { positions, blocksEnd } = layout;
  let from = 0;
  for (let part = 1; part <= parts; part++) {
    const limit = (blocksEnd / parts) * part;
    const found = positions.findIndex((position, slot) => slot >= from && position >= limit);
    const to = part === parts || found === -1 ? positions.length : found;
    if (to > from) tasks.push({ kind: "blocks", from, to, firstChunk: (part - 1) * CHUNKS_PER_PART });
    from = to;
  }
  if (layout.state !== undefined) tasks.push({ kind: "state" });
  return tasks;
}

function progressOf(layout: EraLayout, report: DecodeOptions["onProgress"]): (blocks: number, bytes: number) => void {
  const totalBlocks = layout.positions.filter((position) => position !== 0).length;
  const totalBytes = layout.blocksEnd + (layout.state?.bytes ?? 0);
  let blocks = 0;
  let bytes = 0;
  let reported = 0;
  return (moreBlocks, moreBytes) => {
    blocks += moreBlocks;
    bytes += moreBytes;
    if (report === undefined || performance.now() - reported < REPORT_EVERY_MS) return;
    reported = performance.now();
    report({ blocks, totalBlocks, bytes, totalBytes });
  };
}

const REPORT_EVERY_MS = 200;

function summary(job: EraJob, results: readonly TaskResult[]): EraSummary {
  const { layout, network } = job;
  const range = slotsOfEra(network, layout.era);
  const parts = results.filter((result) => result.kind === "blocks");
  const parentRoots = new Uint8Array(32 * layout.positions.length);
  for (const part of parts) parentRoots.set(part.parentRoots, 32 * part.from);
  const state = results.find((result) => result.kind === "state");
  const stateRoot = state === undefined ? undefined : checkState(state.front, layout, network, parentRoots);

  const rows: { [dataset in DatasetName]?: number } = {};
  for (const dataset of DATASET_NAMES.filter((name) => job.datasets.includes(name))) {
    rows[dataset] = parts.reduce((sum, part) => sum + (part.rows[dataset] ?? 0), 0);
  }
  const blocks = parts.reduce((sum, part) => sum + part.blocks, 0);
  return {
    network: network.name,
    era: layout.era,
    fileName: layout.fileName,
    bytes: layout.sizeBytes,
    forks: FORKS.filter((fork) => parts.some((part) => part.forks.includes(fork))),
    slotStart: range?.start,
    slotEnd: range?.end,
    blocks,
    missedSlots: layout.positions.length - blocks,
    rows,
    totalRows: Object.values(rows).reduce((sum, count) => sum + count, 0),
    nativeBytes: parts.reduce((sum, part) => sum + part.nativeBytes, 0),
    root: stateRoot ?? layout.shortRoot,
    stateChecked: state !== undefined,
  };
}
