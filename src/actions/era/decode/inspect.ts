import { open } from "node:fs/promises";
import { FORKS, type ForkName } from "../../../lib/beacon/forks.ts";
import { forkAt, type Network, slotsOfEra } from "../../../lib/beacon/network.ts";
import type { ChunkSink, ValueMode } from "./contract.ts";
import { DATASET_NAMES, type DatasetName } from "./datasets.ts";
import { EraFormatError } from "./era-format-error.ts";
import { readLayout } from "./era-layout.ts";
import { type EraJob, type EraTask, runTasks } from "./era-task.ts";
import { type NativeRow, readNative } from "./read-native.ts";

/** What the slot index and the record headers say, without decompressing a block. */
export type EraStats = {
  readonly network: string;
  readonly era: number;
  readonly fileName: string;
  readonly bytes: number;
  readonly blockBytes: number;
  /** 0 when the file came without its state. */
  readonly stateBytes: number;
  readonly forks: readonly ForkName[];
  /** Undefined in era 0, which has no slots. */
  readonly slotStart: number | undefined;
  readonly slotEnd: number | undefined;
  readonly blocks: number;
  readonly missedSlots: number;
  readonly firstBlockSlot: number | undefined;
  readonly lastBlockSlot: number | undefined;
};

/** The rows of one block per dataset; integers beyond 2^53 are decimal strings, times ISO texts in UTC. */
export type BlockRows = { readonly [dataset in DatasetName]: readonly NativeRow[] };

export type InspectOptions = { readonly network: Network; readonly era?: number };

/** Reads both ends of the file only. Throws EraFormatError. */
export async function readEraStats(path: string, options: InspectOptions): Promise<EraStats> {
  await using handle = await open(path, "r");
  const layout = await readLayout(handle, path, { ...options, state: "optional" });
  const range = slotsOfEra(options.network, layout.era);
  const slots = layout.positions.flatMap((position, i) => (position === 0 ? [] : [layout.startSlot + i]));
  const forks = new Set(slots.map((slot) => forkAt(options.network, slot)));
  return {
    network: options.network.name,
    era: layout.era,
    fileName: layout.fileName,
    bytes: layout.sizeBytes,
    blockBytes: layout.blocksEnd,
    stateBytes: layout.state?.bytes ?? 0,
    forks: FORKS.filter((fork) => forks.has(fork)),
    slotStart: range?.start,
    slotEnd: range?.end,
    blocks: slots.length,
    missedSlots: layout.positions.length - slots.length,
    firstBlockSlot: slots[0],
    lastBlockSlot: slots.at(-1),
  };
}

/** Decodes the block at `slot`; undefined when the slot was missed. Throws EraFormatError, also for a slot outside. */
export async function readEraBlock(
  path: string,
  slot: number,
  options: InspectOptions & { readonly values?: ValueMode },
): Promise<BlockRows | undefined> {
  await using handle = await open(path, "r");
  const { network } = options;
  const layout = await readLayout(handle, path, { ...options, state: "optional" });
  const index = slot - layout.startSlot;
  const position = layout.positions[index];
  if (position === undefined) {
    const range = slotsOfEra(network, layout.era);
    const what = `slot ${slot} is not in era ${layout.era}`;
    const hint = range === undefined ? "Era 0 has no slots" : `It holds the slots ${range.start} to ${range.end}`;
    throw new EraFormatError({ file: path, what, hint });
  }
  if (position === 0) return undefined;
  const rows = Object.fromEntries(DATASET_NAMES.map((name) => [name, []])) as unknown as {
    [n in DatasetName]: NativeRow[];
  };
  const sink: ChunkSink = async ({ dataset, native }) => {
    rows[dataset].push(...readNative(native));
  };
  const job: EraJob = {
    ...{ file: path, layout, network, values: options.values ?? "exact", datasets: DATASET_NAMES },
    ...{
      chunkBytes: CHUNK_BYTES,
      constantColumns: [],
      verifyCrc: true,
      kernel: undefined,
      sinkCalls: 1,
      sinkWaits: false,
    },
  };
  const task: EraTask = { kind: "blocks", from: index, to: index + 1, firstChunk: 0 };
  await runTasks(
    handle,
    job,
    [task],
    sink,
    undefined,
    () => {},
    () => {},
  );
  return rows;
}

/** The same as for whole eras, so that the kernel of one serves the other. */
const CHUNK_BYTES = 48 * 2 ** 20;
