import { DATASET_NAMES } from "./datasets.ts";

/** Codes of both kernels; the same numbers stand in kernel/assembly/problem.ts. */
export const PROBLEM = {
  truncatedChunk: 1,
  noIdentifier: 2,
  badIdentifier: 3,
  unknownChunk: 4,
  chunkTooLarge: 5,
  badCompression: 6,
  badCrc: 7,
  tooLarge: 8,
  tooShort: 20,
  messageOffset: 21,
  bodyOffset: 22,
  otherFork: 23,
  fieldOffset: 24,
  partialItem: 25,
  tooManyItems: 26,
  itemOffset: 27,
  itemTooShort: 28,
  bitlistEnd: 29,
  bitlistLength: 30,
  bitPadding: 31,
  extraData: 32,
  otherTime: 33,
} as const;

export type ProblemCode = (typeof PROBLEM)[keyof typeof PROBLEM];

/** Fields that are no table of their own, numbered behind the tables. */
export const FIELD = { payload: 15, extraData: 16, requests: 17 } as const;

const FIELD_NAMES = [...DATASET_NAMES, "execution_payload", "extra_data", "execution_requests"];

/** Problems of compression concern bytes of the file, all others bytes of the decompressed block. */
export function isCompressionProblem(code: ProblemCode): boolean {
  return code < PROBLEM.tooShort;
}

/** True for what a healthy file shows when it is read as another network's. */
export function suggestsOtherNetwork(code: ProblemCode): boolean {
  return code === PROBLEM.otherFork || code === PROBLEM.otherTime;
}

/** A clause for people: `at` is the offset in the decompressed block where that matters. */
export function describeProblem(code: ProblemCode, at: number, detail: number): string {
  const field = FIELD_NAMES[detail] ?? `field ${detail}`;
  const where = `at byte ${at} of the decompressed block`;
  switch (code) {
    case PROBLEM.truncatedChunk:
      return "a snappy chunk is longer than its record";
    case PROBLEM.noIdentifier:
      return "the record does not begin with a snappy stream identifier";
    case PROBLEM.badIdentifier:
      return "the snappy stream identifier is damaged";
    case PROBLEM.unknownChunk:
      return "a snappy chunk is of a type that era files do not have";
    case PROBLEM.chunkTooLarge:
      return "a snappy chunk holds more than 65536 bytes";
    case PROBLEM.badCompression:
      return "the compressed data is damaged";
    case PROBLEM.badCrc:
      return "the CRC-32C of a snappy chunk does not match its content";
    case PROBLEM.tooLarge:
      return "the block is larger than 32 MiB, which no block can be";
    case PROBLEM.tooShort:
      return `the block has only ${at} bytes`;
    case PROBLEM.messageOffset:
      return `the signed block's first offset is ${detail}, not 100`;
    case PROBLEM.bodyOffset:
      return `the block's body offset is ${detail}, not 84`;
    case PROBLEM.otherFork:
      return `the block has the layout of another fork (first body offset ${detail})`;
    case PROBLEM.fieldOffset:
      return `the offset of ${field} points backwards or beyond its container (${where})`;
    case PROBLEM.partialItem:
      return `${field} does not hold a whole number of items (${where})`;
    case PROBLEM.tooManyItems:
      return `${field} holds more items than the specification allows (${where})`;
    case PROBLEM.itemOffset:
      return `an offset in ${field} points backwards, beyond its list or into another item (${where})`;
    case PROBLEM.itemTooShort:
      return `an item of ${field} is shorter than its fixed fields (${where})`;
    case PROBLEM.bitlistEnd:
      return `a bit list in ${field} has no end mark (${where})`;
    case PROBLEM.bitlistLength:
      return `a bit list in ${field} is longer than the specification allows (${where})`;
    case PROBLEM.bitPadding:
      return `a bit vector in ${field} has bits behind its end (${where})`;
    case PROBLEM.extraData:
      return `extra_data is longer than 32 bytes (${where})`;
    case PROBLEM.otherTime:
      return "the execution payload's timestamp is not the time of its slot";
  }
}
