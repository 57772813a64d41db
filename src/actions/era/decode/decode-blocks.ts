import type { FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { FORKS, type ForkName, forkIndex } from "../../../lib/beacon/forks.ts";
import { firstSlotOf, forkAt, type Network, timeOf } from "../../../lib/beacon/network.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { AGAIN, EraFormatError } from "./era-format-error.ts";
import type { EraLayout } from "./era-layout.ts";
import type { Kernel } from "./kernel.ts";
import { describeProblem, isCompressionProblem, type ProblemCode, suggestsOtherNetwork } from "./problems.ts";
import type { Program } from "./program.ts";
import { RecordReader } from "./record-reader.ts";
import { HEAD_BYTES, RECORD, recordHead } from "./records.ts";

export type BlocksTask = {
  readonly layout: EraLayout;
  readonly network: Network;
  /** Slots of the era, counted from its first: from (inclusive) and to (exclusive). */
  readonly from: number;
  readonly to: number;
  readonly verifyCrc: boolean;
};

export type BlocksResult = {
  readonly blocks: number;
  readonly forks: readonly ForkName[];
  /** 32 bytes per slot of the range: the parent root of its block, zeros without one. */
  readonly parentRoots: Uint8Array;
};

/** Called with the bytes of records done since the last call. */
export type BlockProgress = (blocks: number, bytes: number) => void;

/** Decodes the blocks of a range of slots into the kernel's columns. Throws EraFormatError and what the sink throws. */
export async function decodeBlocks(
  handle: FileHandle,
  task: BlocksTask,
  kernel: Kernel,
  program: Program,
  writer: ChunkWriter,
  signal: AbortSignal | undefined,
  progress: BlockProgress,
): Promise<BlocksResult> {
  const { layout, network, from, to } = task;
  const { positions, blocksEnd } = layout;
  const reader = new RecordReader(handle, kernel.input, endOf(layout, to));
  const parentRoots = new Uint8Array(32 * (to - from));
  const forks = new Set<ForkName>();
  const schedule = forkSchedule(network);
  let blocks = 0;
  let sinceYield = 0;
  try {
    for (let i = from; i < to; i++) {
      const position = positions[i]!;
      if (position === 0) continue;
      const slot = layout.startSlot + i;
      const next = nextPosition(positions, i, blocksEnd);
      const fork = schedule(slot);
      if (fork === undefined) throw unsupported(layout, network, slot, position);
      const where = { file: layout.file, slot, position, next, fork };
      let at = reader.loaded(position, next - position);
      if (at === -1) {
        demandSize(reader, where);
        at = await reader.load(position, next - position);
        if (at === -1) throw badBlock(where, "the file ends in the middle of the block");
      }
      const length = oneBlock(task, kernel, where, at);
      const room = roomFor(kernel, program, length);
      if (room > MAX_OUTPUT_BYTES) {
        const what = `the block would expand to ${room} bytes, more than any real block`;
        throw new EraFormatError({ file: layout.file, slot, byteOffset: position, what, hint: AGAIN });
      }
      if (kernel.room() < room) await writer.makeRoom(room);
      kernel.emit(slot, timeOf(network, slot), fork);
      parentRoots.set(kernel.block.subarray(116, 148), 32 * (i - from));
      forks.add(FORKS[fork]!);
      blocks++;
      sinceYield += next - position;
      progress(1, next - position);
      if (writer.full) await writer.flushLargest();
      if (sinceYield > YIELD_BYTES) {
        sinceYield = 0;
        // The sink and everything else in this thread get their turn.
        await setImmediate();
        signal?.throwIfAborted();
        writer.throwIfFailed();
      }
    }
    signal?.throwIfAborted();
    await writer.finish();
  } finally {
    await reader.close();
  }
  return { blocks, forks: FORKS.filter((fork) => forks.has(fork)), parentRoots };
}

const YIELD_BYTES = 2 ** 20;
const MAX_OUTPUT_BYTES = 128 * 2 ** 20;
const NETWORK_HINT =
  "Check --network: the file seems to belong to another network, or the network's configuration is old";

type Where = {
  readonly file: string;
  readonly slot: number;
  readonly position: number;
  readonly next: number;
  readonly fork: number;
};

function badBlock({ file, slot, position }: Where, what: string, hint = AGAIN, byteOffset = position): EraFormatError {
  return new EraFormatError({ file, slot, byteOffset, what, hint });
}

function demandSize(reader: RecordReader, where: Where): void {
  const bytes = where.next - where.position;
  if (bytes < HEAD_BYTES) throw noRoom(where);
  if (bytes > reader.mostBytes) throw badBlock(where, `the block's record has ${bytes} bytes, more than any block`);
}

function noRoom(where: Where): EraFormatError {
  return badBlock(where, "the slot index leaves no room for the block");
}

/** Decompresses and checks the block whose record is at `at` of the kernel's input: its decompressed length. */
function oneBlock(task: BlocksTask, kernel: Kernel, where: Where, at: number): number {
  const { slot, position, next, fork } = where;
  const bytes = next - position;
  if (bytes < HEAD_BYTES) throw noRoom(where);
  const { type, length, reserved } = recordHead(kernel.input, at);
  if (type !== RECORD.block) {
    throw badBlock(where, `the slot index points to a record of type 0x${type.toString(16)}, not a block`);
  }
  if (reserved !== 0) throw badBlock(where, "the reserved bytes of the record are not zero");
  if (length !== bytes - HEAD_BYTES) {
    const what = `the record's length is ${length}, but the next record begins after ${bytes - HEAD_BYTES} bytes`;
    throw badBlock(where, what);
  }
  const size = kernel.decompressBlock(at + HEAD_BYTES, length, task.verifyCrc);
  if (size < 0) throw problemOf(kernel, where, -size as ProblemCode);
  if (size >= MESSAGE_BYTES) {
    const found = slotOf(kernel.block);
    if (found !== slot) throw badBlock(where, `the slot index says slot ${slot}, the block says slot ${found}`);
  }
  const verdict = kernel.walk(size, fork, timeOf(task.network, slot));
  if (verdict < 0) throw problemOf(kernel, where, -verdict as ProblemCode);
  return size;
}

function problemOf(kernel: Kernel, where: Where, code: ProblemCode): EraFormatError {
  const { at, detail } = kernel.problem();
  const offset = isCompressionProblem(code) ? where.position + HEAD_BYTES + at : where.position;
  const hint = suggestsOtherNetwork(code) ? NETWORK_HINT : AGAIN;
  return badBlock(where, describeProblem(code, at, detail), hint, offset);
}

const MESSAGE_BYTES = 108;

function slotOf(block: Uint8Array): number {
  let slot = 0;
  for (let at = 107; at >= 100; at--) slot = slot * 256 + block[at]!;
  return slot;
}

/** Upper limit of what the walked block adds to the columns. Bytes of variable length triple at most. */
function roomFor(kernel: Kernel, program: Program, length: number): number {
  let bytes = 3 * length;
  for (let table = 0; table < program.tables.length; table++) {
    bytes += kernel.counts[table]! * program.tables[table]!.rowBytes;
  }
  return bytes;
}

/** Index of the fork at a slot, or undefined; without a search per block. */
function forkSchedule(network: Network): (slot: number) => number | undefined {
  let known = -1;
  let until = -1;
  return (slot) => {
    if (slot < until) return known;
    const fork = forkAt(network, slot);
    if (fork === undefined) return undefined;
    known = forkIndex(fork);
    const starts = network.forks.map((scheduled) => firstSlotOf(network, scheduled.fork)!);
    if (network.unsupportedFrom !== undefined) {
      starts.push(network.unsupportedFrom.epoch * network.preset.slotsPerEpoch);
    }
    until = Math.min(Number.POSITIVE_INFINITY, ...starts.filter((start) => start > slot));
    return known;
  };
}

function unsupported(layout: EraLayout, network: Network, slot: number, byteOffset: number): EraFormatError {
  const fork = network.unsupportedFrom?.fork ?? "unknown";
  const what = `the slot lies in the ${fork} fork, whose blocks this version cannot read`;
  return new EraFormatError({ file: layout.file, slot, byteOffset, what, hint: "Use a newer version of runsheet" });
}

function nextPosition(positions: readonly number[], i: number, blocksEnd: number): number {
  for (let k = i + 1; k < positions.length; k++) if (positions[k] !== 0) return positions[k]!;
  return blocksEnd;
}

/** Where the last block before slot `to` ends. */
function endOf(layout: EraLayout, to: number): number {
  return nextPosition(layout.positions, to - 1, layout.blocksEnd);
}
