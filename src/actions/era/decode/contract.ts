import type { ForkName } from "../../../lib/beacon/forks.ts";
import type { Network } from "../../../lib/beacon/network.ts";
import type { DatasetName } from "./datasets.ts";

/**
 * `exact`: correct values (keccak-256 transaction hashes, counts, participation, the fork's own name).
 * `era-parser`: exactly what that tool writes (raw transaction as its hash, zero counts, fulu called electra).
 */
export type ValueMode = "exact" | "era-parser";

export type DecodeOptions = {
  readonly network: Network;
  /** The era that the file must hold. Default: the number in the file's name; one of the two is required. */
  readonly era?: number;
  /** The file's original name, when the file on disk is called otherwise. Default: the last part of its path. */
  readonly fileName?: string;
  readonly values?: ValueMode;
  /** Default: all fifteen. Every check is made whatever the choice. */
  readonly datasets?: readonly DatasetName[];
  /**
   * A dataset whose columns reach half of this size is handed over, and the largest when all together reach it; so chunks
   * are a half of it at most. Memory: once this size, and a half of it for each call of the sink. Default 26 MiB.
   */
  readonly chunkBytes?: number;
  /**
   * `required`: a file without its state is an error. `optional`: such a file (see `planStateSkip`) is accepted and the
   * checks against the state are reported as skipped; a state that is there is checked. Default `required`.
   */
  readonly state?: "required" | "optional";
  /** CRC-32C of every snappy chunk. Only benchmarks turn it off. Default true. */
  readonly verifyCrc?: boolean;
  /**
   * Decoding threads, each with an equal part of the blocks. 0 decodes in the calling thread, in slices of a few
   * milliseconds. Default: 1 for files from 32 MiB, where it pays; else 0.
   */
  readonly workers?: number;
  /**
   * Calls of the sink that may be open at once, each with a chunk of its own: a failed one ends the decoding while others
   * are still open. Only decoding threads make more than one call at a time. Default 1.
   */
  readonly sinkCalls?: number;
  /** Default: wasm where the runtime has it, else js. Both give identical bytes. */
  readonly kernel?: "wasm" | "js";
  /** Put in front of the columns of every Native block, e.g. `{ name: "network", type: "String", value: "gnosis" }`. */
  readonly constantColumns?: readonly ConstantColumn[];
  readonly signal?: AbortSignal;
  /** Called a few times per second at most. */
  readonly onProgress?: (progress: DecodeProgress) => void;
};

export type ConstantColumn =
  | { readonly name: string; readonly type: "String"; readonly value: string }
  | { readonly name: string; readonly type: "UInt32"; readonly value: number }
  | { readonly name: string; readonly type: "UInt64"; readonly value: bigint };

export type DecodeProgress = {
  readonly blocks: number;
  readonly totalBlocks: number;
  readonly bytes: number;
  readonly totalBytes: number;
};

/** One ClickHouse Native block of one dataset. */
export type NativeChunk = {
  readonly dataset: DatasetName;
  readonly rows: number;
  /**
   * The block in pieces, to be written one after the other (`writev`, a stream): no copy is made. The pieces are valid
   * until the sink's promise settles, then their memory is used again.
   */
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  /** The block in one piece, copied out of `parts` on first use; stays valid after the sink has finished. */
  readonly native: Uint8Array;
  /** Unique within the dataset, and the same on every decode of the same file with the same options. */
  readonly chunk: number;
};

/**
 * Receives the chunks, one call at a time unless it asks for more (`sinkCalls`). Decoding goes on while the promise is
 * open, until the buffers are full; a rejection ends the decoding and is passed on by `decodeEra`.
 */
export type ChunkSink = (chunk: NativeChunk) => Promise<void>;

export type EraSummary = {
  readonly network: string;
  readonly era: number;
  readonly fileName: string;
  /** Size of the file on disk. */
  readonly bytes: number;
  /** Forks of the blocks seen, oldest first (two in an era with a fork inside). */
  readonly forks: readonly ForkName[];
  /** Inclusive; undefined for era 0, which has no slots. */
  readonly slotStart: number | undefined;
  readonly slotEnd: number | undefined;
  readonly blocks: number;
  readonly missedSlots: number;
  /** For every requested dataset, also when 0. */
  readonly rows: { readonly [dataset in DatasetName]?: number };
  readonly totalRows: number;
  readonly nativeBytes: number;
  /**
   * The era's historical root: 64 hex digits computed from the state, else the 8 of the file's name, else undefined.
   * No `0x`.
   */
  readonly root: string | undefined;
  /** False when the file came without its state. */
  readonly stateChecked: boolean;
};
