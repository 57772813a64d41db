import type { FileHandle } from "node:fs/promises";
import { historicalRoot } from "../../../lib/beacon/historical-root.ts";
import { forkAt, type Network } from "../../../lib/beacon/network.ts";
import { AGAIN, EraFormatError } from "./era-format-error.ts";
import type { EraLayout } from "./era-layout.ts";
import type { Kernel } from "./kernel.ts";
import { describeProblem, type ProblemCode } from "./problems.ts";
import { RecordReader } from "./record-reader.ts";
import { HEAD_BYTES } from "./records.ts";

/** The front of a BeaconState, which all forks share. Source: consensus-specs, BeaconState. */
const FIELD = { genesisTime: 0, genesisValidatorsRoot: 8, slot: 40, forkVersion: 52, blockRoots: 176 } as const;

/** Decompresses the whole state, a chunk at a time, and returns its front, up to and with the state roots. */
export async function readState(
  handle: FileHandle,
  layout: EraLayout,
  network: Network,
  kernel: Kernel,
  verifyCrc: boolean,
  signal: AbortSignal | undefined,
  progress: (bytes: number) => void,
): Promise<Uint8Array> {
  const { at: stateAt, bytes } = layout.state!;
  const end = stateAt + HEAD_BYTES + bytes;
  const front = new Uint8Array(FIELD.blockRoots + 64 * network.preset.slotsPerEra);
  const fail = (what: string, byteOffset: number) =>
    new EraFormatError({ file: layout.file, byteOffset, what: `state: ${what}`, hint: AGAIN });
  const reader = new RecordReader(handle, kernel.input, end);
  const load = async (position: number, length: number): Promise<number> => {
    const at = reader.loaded(position, length);
    return at === -1 ? reader.load(position, length) : at;
  };
  let size = 0;
  try {
    for (let position = stateAt + HEAD_BYTES; position < end; ) {
      let at = await load(position, 4);
      const first = position === stateAt + HEAD_BYTES;
      const length = at === -1 ? 0 : 4 + chunkLength(kernel.input, at);
      if (at === -1 || position + length > end) throw fail("a snappy chunk is longer than its record", position);
      if (first && kernel.input[at] !== 0xff) {
        throw fail("the record does not begin with a snappy stream identifier", position);
      }
      at = await load(position, length);
      if (at === -1) throw fail("the file ends in the middle of the state", position);
      const written = kernel.decompressChunk(at, length, verifyCrc);
      if (written < 0) throw fail(describeProblem(-written as ProblemCode, 0, 0), position);
      if (size < front.length) front.set(kernel.block.subarray(0, Math.min(written, front.length - size)), size);
      size += written;
      position += length;
      progress(length);
      signal?.throwIfAborted();
    }
  } finally {
    await reader.close();
  }
  if (size < front.length) throw fail(`it has only ${size} bytes`, stateAt);
  return front;
}

function chunkLength(bytes: Uint8Array, at: number): number {
  return bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16);
}

/**
 * Checks the state's front against the network, the era, the file's name and the blocks: every slot whose block root is
 * new has a block, every other has none, and each block's parent is the one before it. Returns the historical root.
 */
export function checkState(front: Uint8Array, layout: EraLayout, network: Network, parentRoots: Uint8Array): string {
  const view = new DataView(front.buffer, front.byteOffset, front.length);
  const byteOffset = layout.state!.at;
  const fail = (what: string, hint = AGAIN, slot?: number) =>
    new EraFormatError({ file: layout.file, byteOffset, slot, what: `state: ${what}`, hint });
  const otherNetwork = "Check --network: the file belongs to another network, or the network's configuration is wrong";
  const { slotsPerEra } = network.preset;
  const slot = layout.era * slotsPerEra;

  const genesisTime = view.getBigUint64(FIELD.genesisTime, true);
  if (genesisTime !== BigInt(network.genesisTime)) {
    throw fail(`genesis_time is ${genesisTime}, but ${network.name} began at ${network.genesisTime}`, otherNetwork);
  }
  const genesis = hexAt(front, FIELD.genesisValidatorsRoot, 32);
  if (network.genesisValidatorsRoot !== undefined && `0x${genesis}` !== network.genesisValidatorsRoot) {
    throw fail(`genesis_validators_root 0x${genesis} is not that of ${network.name}`, otherNetwork);
  }
  const found = view.getBigUint64(FIELD.slot, true);
  if (found !== BigInt(slot)) throw fail(`it is the state of slot ${found}, not ${slot}`);
  const version = `0x${hexAt(front, FIELD.forkVersion, 4)}`;
  const expected = network.forks.find((scheduled) => scheduled.fork === forkAt(network, slot))?.version;
  if (expected !== undefined && version !== expected) {
    throw fail(`its fork version is ${version}, but ${network.name} has ${expected} at slot ${slot}`, otherNetwork);
  }
  const blockRoots = front.subarray(FIELD.blockRoots, FIELD.blockRoots + 32 * slotsPerEra);
  const stateRoots = front.subarray(FIELD.blockRoots + 32 * slotsPerEra);
  const root = layout.era === 0 ? genesis : historicalRoot(blockRoots, stateRoots);
  if (layout.shortRoot !== undefined && !root.startsWith(layout.shortRoot)) {
    throw fail(`the historical root is ${root}, but the file is named after ${layout.shortRoot}`);
  }
  const gap = layout.era === 0 ? undefined : firstGap(layout, blockRoots, parentRoots);
  if (gap !== undefined) throw fail(gap.what, AGAIN, layout.startSlot + gap.index);
  return root;
}

/** The first slot at which blocks and block roots disagree. Of the first slot the state does not know what came before. */
function firstGap(layout: EraLayout, blockRoots: Uint8Array, parentRoots: Uint8Array) {
  for (let index = 1; index < layout.positions.length; index++) {
    const isNew = !equal32(blockRoots, 32 * index, blockRoots, 32 * (index - 1));
    if (layout.positions[index] === 0) {
      if (isNew) return { index, what: "the chain has a block here that the file does not hold" };
    } else if (!isNew) return { index, what: "the file holds a block here that the chain does not have" };
    else if (!equal32(parentRoots, 32 * index, blockRoots, 32 * (index - 1))) {
      return { index, what: "the block's parent is not the block before it" };
    }
  }
  return undefined;
}

function equal32(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  for (let i = 0; i < 32; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

function hexAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("hex");
}
