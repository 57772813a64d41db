import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { parseEraName } from "../../../lib/beacon/era-name.ts";
import { type Network, slotsOfEra } from "../../../lib/beacon/network.ts";
import type { DecodeOptions } from "./contract.ts";
import { AGAIN, EraFormatError, type EraProblem } from "./era-format-error.ts";
import { HEAD_BYTES, RECORD, recordHead, type SlotIndex, slotIndexEndingAt } from "./records.ts";

/** Where everything lies in an era file, checked against its own indices, its name and its length. Plain data. */
export type EraLayout = {
  /** For messages. */
  readonly file: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly era: number;
  /** From the file's name. */
  readonly shortRoot: string | undefined;
  /** First slot of the era; 0 in era 0, which has no slots. */
  readonly startSlot: number;
  /** Per slot the position of its block, 0 for none; strictly increasing. Empty in era 0. */
  readonly positions: readonly number[];
  /** Where the last block ends. */
  readonly blocksEnd: number;
  /** Undefined in a file that came without it. */
  readonly state: { readonly at: number; readonly bytes: number } | undefined;
};

type LayoutOptions = Pick<DecodeOptions, "network" | "era" | "fileName" | "state">;

/** Reads both ends of the file. Throws EraFormatError. */
export async function readLayout(handle: FileHandle, file: string, options: LayoutOptions): Promise<EraLayout> {
  const { network } = options;
  const fileName = options.fileName ?? path.basename(file);
  const bad = (problem: Omit<EraProblem, "file" | "hint"> & { hint?: string }): never => {
    throw new EraFormatError({ file, hint: AGAIN, ...problem });
  };
  const { era, shortRoot } = identify(fileName, options, bad);
  const sizeBytes = (await handle.stat()).size;
  const { slotsPerEra } = network.preset;
  const tail = await readAt(handle, Math.max(0, sizeBytes - (8 * slotsPerEra + 56)), sizeBytes);
  const tailAt = sizeBytes - tail.length;
  const head = await readAt(handle, 0, Math.min(HEAD_BYTES, sizeBytes));
  if (head.length < HEAD_BYTES || !isVersion(head)) bad({ byteOffset: 0, what: "this is not an e2store file" });

  const stateIndex = slotIndexEndingAt(tail, tailAt, sizeBytes);
  if (stateIndex?.offsets.length !== 1) {
    return bad({
      byteOffset: sizeBytes,
      what: "the file does not end with the slot index of its state: it is cut off",
    });
  }
  const stateSlot = era * slotsPerEra;
  if (stateIndex.startSlot !== stateSlot) {
    const what = `the file holds the state of slot ${stateIndex.startSlot}, but era ${era} ends with slot ${stateSlot}`;
    bad({ byteOffset: stateIndex.recordAt, what, hint: "Check the file's name and --network" });
  }
  const range = slotsOfEra(network, era);
  const blockIndex = slotIndexEndingAt(tail, tailAt, stateIndex.recordAt);
  if (range === undefined) {
    if (blockIndex !== undefined) bad({ byteOffset: blockIndex.recordAt, what: "era 0 has a slot index of blocks" });
  } else if (blockIndex === undefined || blockIndex.offsets.length !== slotsPerEra) {
    const what = `there is no slot index of ${slotsPerEra} slots in front of the state's: the file is damaged`;
    return bad({ byteOffset: stateIndex.recordAt, what });
  } else if (blockIndex.startSlot !== range.start) {
    const what = `the slot index begins with slot ${blockIndex.startSlot}, but era ${era} begins with ${range.start}`;
    bad({ byteOffset: blockIndex.recordAt, what, hint: "Check the file's name and --network" });
  }
  const indexAt = blockIndex?.recordAt ?? stateIndex.recordAt;
  const found = await findState(handle, stateIndex, indexAt, bad);
  if (found.state === undefined && (options.state ?? "required") === "required") {
    bad({ what: "the file came without its state", hint: 'Download it with its state, or allow state: "optional"' });
  }
  const positions = blockIndex === undefined ? [] : blockPositions(blockIndex, found.shift, found.blocksEnd, bad);
  if (positions.every((position) => position === 0) && found.blocksEnd !== HEAD_BYTES) {
    bad({ byteOffset: HEAD_BYTES, what: "there is data that no slot index mentions" });
  }
  return { file, fileName, sizeBytes, era, shortRoot, startSlot: range?.start ?? 0, positions, ...found };
}

type Bad = (problem: Omit<EraProblem, "file" | "hint"> & { hint?: string }) => never;

function identify(fileName: string, { network, era }: { network: Network; era?: number }, bad: Bad) {
  const name = parseEraName(fileName);
  if (name !== undefined && name.network !== network.name) {
    const hint = `Use --network ${name.network}, or rename the file if its name is wrong`;
    bad({ what: `the file is named after network ${name.network}, not ${network.name}`, hint });
  }
  if (name !== undefined && era !== undefined && name.era !== era) {
    bad({ what: `the file is named after era ${name.era}, not ${era}`, hint: "Check the range and the file's name" });
  }
  const number = era ?? name?.era;
  if (number === undefined) {
    const hint = "Name it <network>-<era>-<root>.era, e.g. mainnet-01400-0a1b2c3d.era, or say which era it is";
    return bad({ what: "the file's name does not say which era it holds", hint });
  }
  return { era: number, shortRoot: name?.shortRoot };
}

/**
 * Finds the state in front of the indices. When there is none, the indices were moved up to the blocks by as many bytes
 * as the state had (`planStateSkip`), and `shift` says how many.
 */
async function findState(handle: FileHandle, index: SlotIndex, indexAt: number, bad: Bad) {
  const at = index.recordAt + index.offsets[0]!;
  const head = at >= HEAD_BYTES && at + HEAD_BYTES <= indexAt ? await readAt(handle, at, at + HEAD_BYTES) : undefined;
  const record = head === undefined ? undefined : recordHead(head, 0);
  if (record?.type !== RECORD.state) {
    const shift = indexAt - at;
    if (!(shift > HEAD_BYTES)) bad({ byteOffset: index.recordAt, what: "the slot index does not point to the state" });
    return { state: undefined, blocksEnd: indexAt, shift };
  }
  if (record.reserved !== 0) bad({ byteOffset: at, what: "the reserved bytes of a record are not zero" });
  // Other records may stand between the state and the indices; they must lead there exactly.
  let next = at + HEAD_BYTES + record.length;
  while (next < indexAt) {
    const other =
      next + HEAD_BYTES <= indexAt ? recordHead(await readAt(handle, next, next + HEAD_BYTES), 0) : undefined;
    if (other === undefined || other.reserved !== 0) return bad({ byteOffset: next, what: "a record is damaged" });
    if (other.type === RECORD.block || other.type === RECORD.state || other.type === RECORD.slotIndex) {
      const hint = "Split a file of several eras into one per era";
      bad({ byteOffset: next, what: "there is another block, state or index behind the state", hint });
    }
    next += HEAD_BYTES + other.length;
  }
  if (next !== indexAt) bad({ byteOffset: at, what: "the state reaches into the slot index" });
  return { state: { at, bytes: record.length }, blocksEnd: at, shift: 0 };
}

function blockPositions(index: SlotIndex, shift: number, blocksEnd: number, bad: Bad): number[] {
  let previous = 0;
  return index.offsets.map((offset, i) => {
    const position = index.recordAt + offset + shift;
    // An empty slot is 0; older writers put the record's own position with a minus, which makes the position 0.
    if (offset === 0 || position === 0) return 0;
    const slot = index.startSlot + i;
    const byteOffset = index.recordAt + HEAD_BYTES + 8 + 8 * i;
    if (position >= blocksEnd || position < HEAD_BYTES)
      bad({ slot, byteOffset, what: "the slot index points outside" });
    if (previous === 0 && position !== HEAD_BYTES) {
      bad({ slot, byteOffset, what: `the first block lies at byte ${position}, not ${HEAD_BYTES}` });
    }
    if (position <= previous) bad({ slot, byteOffset, what: "the slot index points backwards" });
    previous = position;
    return position;
  });
}

function isVersion(bytes: Uint8Array): boolean {
  const { type, length, reserved } = recordHead(bytes, 0);
  return type === RECORD.version && length === 0 && reserved === 0;
}

async function readAt(handle: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(to - from);
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
