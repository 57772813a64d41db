/** Record types of e2store files, as the uint16 at the front of the 8-byte head. Source: e2store-format-specs. */
export const RECORD = { version: 0x3265, block: 0x0001, state: 0x0002, slotIndex: 0x3269 } as const;

export const HEAD_BYTES = 8;

export type RecordHead = {
  readonly type: number;
  /** Of the body, without the head. */
  readonly length: number;
  /** Must be 0. */
  readonly reserved: number;
};

export function recordHead(bytes: Uint8Array, at: number): RecordHead {
  return {
    type: uint16(bytes, at),
    length: uint16(bytes, at + 2) + uint16(bytes, at + 4) * 0x1_0000,
    reserved: uint16(bytes, at + 6),
  };
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** A slot index record: where it begins, which slot comes first, and the offset of each slot relative to the record. */
export type SlotIndex = {
  readonly recordAt: number;
  readonly startSlot: number;
  readonly offsets: readonly number[];
};

/**
 * Reads the slot index that ends at `end`, an absolute position; `bytes` are the file's from `bytesAt` on. Undefined
 * when what ends there is no well-formed slot index, or does not begin within `bytes`.
 */
export function slotIndexEndingAt(bytes: Uint8Array, bytesAt: number, end: number): SlotIndex | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stop = end - bytesAt;
  if (stop < HEAD_BYTES + 16 || stop > bytes.length) return undefined;
  const count = Number(view.getBigInt64(stop - 8, true));
  if (!(count >= 0 && count <= MAX_SLOTS)) return undefined;
  const start = stop - (HEAD_BYTES + 16 + 8 * count);
  if (start < 0) return undefined;
  const head = recordHead(bytes, start);
  if (head.type !== RECORD.slotIndex || head.length !== 16 + 8 * count || head.reserved !== 0) return undefined;
  const startSlot = Number(view.getBigInt64(start + HEAD_BYTES, true));
  const offsets = Array.from({ length: count }, (_, i) =>
    Number(view.getBigInt64(start + HEAD_BYTES + 8 + 8 * i, true)),
  );
  return { recordAt: start + bytesAt, startSlot, offsets };
}

/** More than any preset has in an era. */
const MAX_SLOTS = 65_536;
