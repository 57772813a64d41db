import type { Json } from "../../../domain/json.ts";
import type { ForkName } from "../../../lib/beacon/forks.ts";
import type { Network } from "../../../lib/beacon/network.ts";
import type { ValueMode } from "./contract.ts";
import type { DatasetName } from "./datasets.ts";

/** What the slot index and the record headers say, without decompressing a block. */
export type EraStats = {
  readonly network: string;
  readonly era: number;
  readonly fileName: string;
  readonly bytes: number;
  readonly blockBytes: number;
  readonly stateBytes: number;
  readonly forks: readonly ForkName[];
  readonly slotStart: number | undefined;
  readonly slotEnd: number | undefined;
  readonly blocks: number;
  readonly missedSlots: number;
  readonly firstBlockSlot: number | undefined;
  readonly lastBlockSlot: number | undefined;
};

/** The rows of one block per dataset; integers beyond 2^53 are decimal strings. */
export type BlockRows = { readonly [dataset in DatasetName]: readonly { readonly [column: string]: Json }[] };

/** Reads the tail and the record headers only. Throws EraFormatError. */
export async function readEraStats(path: string, options: { network: Network; era?: number }): Promise<EraStats> {
  throw new Error(`readEraStats(${path}, ${options.network.name}) is not written yet`);
}

/** Decodes the block at `slot`; undefined when the slot was missed. Throws EraFormatError, also for a slot outside. */
export async function readEraBlock(
  path: string,
  slot: number,
  options: { network: Network; era?: number; values?: ValueMode },
): Promise<BlockRows | undefined> {
  throw new Error(`readEraBlock(${path}, ${slot}, ${options.network.name}) is not written yet`);
}
