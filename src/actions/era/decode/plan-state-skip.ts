import { slotIndexEndingAt } from "./records.ts";

/** Bytes at the end of an era file that always contain both slot indices (8192 slots). */
export const ERA_TAIL_BYTES = 8 * 8192 + 2 * 24 + 8 + 4096;

/** Which bytes of a remote era file are needed when its state is not wanted. */
export type StateSkip = {
  /** Fetch [0, blocksEnd): version and blocks. */
  readonly blocksEnd: number;
  /** Fetch [indexStart, sizeBytes): the two slot indices (in `tail` already), and write them right after the blocks. */
  readonly indexStart: number;
};

/**
 * From the last `ERA_TAIL_BYTES` (or more) of a file of `sizeBytes`, where its state lies. The parts named in the result,
 * written one after the other, are a file that `decodeEra` accepts with `state: "optional"`. Undefined when the tail
 * shows no slot index of blocks (era 0, a damaged or foreign file): download the whole file then, and let the decoder
 * say what is wrong.
 */
export function planStateSkip(tail: Uint8Array, sizeBytes: number): StateSkip | undefined {
  const tailAt = sizeBytes - tail.length;
  const state = slotIndexEndingAt(tail, tailAt, sizeBytes);
  if (state === undefined || state.offsets.length !== 1) return undefined;
  const blocks = slotIndexEndingAt(tail, tailAt, state.recordAt);
  if (blocks === undefined) return undefined;
  const blocksEnd = state.recordAt + state.offsets[0]!;
  if (blocksEnd < 8 || blocksEnd >= blocks.recordAt) return undefined;
  return { blocksEnd, indexStart: blocks.recordAt };
}
