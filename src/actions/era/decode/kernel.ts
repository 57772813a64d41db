import type { Program } from "./program.ts";

/**
 * The part that touches every byte: decompression, CRC, the SSZ walk, columns. There are two, in WebAssembly and in
 * plain JavaScript, with the same results byte for byte; tables are numbered as in DATASETS.
 */
export type Kernel = {
  readonly name: "wasm" | "js";
  /** The file's bytes go here. */
  readonly input: Uint8Array;
  /** Per table, the rows that the block walked last has. */
  readonly counts: Uint32Array;
  /** Per table, the rows and bytes in its columns. */
  readonly rows: Uint32Array;
  readonly bytes: Uint32Array;
  /** What `decompressBlock` or `decompressChunk` has produced last. */
  readonly block: Uint8Array;
  /** Clears all columns and sets what blocks will be like. */
  start(program: Program): void;
  /** Decompresses the record body at `input[at]` into `block`: its length, or a negative number (see `problem`). */
  decompressBlock(at: number, length: number, verifyCrc: boolean): number;
  /** The same for a single chunk of a stream, head included; chunks without content give 0. */
  decompressChunk(at: number, length: number, verifyCrc: boolean): number;
  /** Checks the whole structure of the block: 0, or a negative number. */
  walk(length: number, fork: number, time: number): number;
  /** Why the last call returned a negative number: code, byte (in the input or the block), field or value. */
  problem(): { readonly at: number; readonly detail: number };
  /** Appends the rows of the walked block to the columns. There must be room for them. */
  emit(slot: number, time: number, fork: number): void;
  /** Bytes that `emit` may still append. */
  room(): number;
  /** Takes the rows out of a table: per column its bytes in pieces. `release` makes their memory available again. */
  take(table: number): { readonly columns: readonly (readonly Uint8Array[])[]; release(): void };
};

/** Behind an input record and a decompressed block, so much may be read (never used) by vector instructions. */
export const INPUT_BYTES = 0x0340_0000;
export const MAX_BLOCK_BYTES = 0x0200_0000;
