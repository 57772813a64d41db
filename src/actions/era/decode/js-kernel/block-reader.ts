import { DATASET_NAMES, type DatasetName } from "../datasets.ts";
import { PROBLEM, type ProblemCode } from "../problems.ts";

/** Thrown during the walk only, and caught at its end. */
export class Refused {
  readonly code: ProblemCode;
  readonly at: number;
  readonly detail: number;

  constructor(code: ProblemCode, at: number, detail: number) {
    this.code = code;
    this.at = at;
    this.detail = detail;
  }
}

/** The rows of one table: where each begins, and its parts of variable length. */
export type Rows = {
  readonly count: number;
  readonly at: (row: number) => number;
  /** Begin and end of the row's bytes of variable length. */
  readonly bytes: (row: number, which: number) => readonly [number, number];
};

export const NO_ROWS: Rows = { count: 0, at: () => 0, bytes: () => [0, 0] };

export type Range = readonly [start: number, end: number];

/** A block's bytes, and the checks that lists of all kinds have in common. */
export class BlockReader {
  readonly #view: DataView;
  readonly length: number;

  constructor(block: Uint8Array) {
    this.#view = new DataView(block.buffer, block.byteOffset, block.length);
    this.length = block.length;
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  uint32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  uint64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  refuse(code: ProblemCode, at: number, detail = 0): never {
    throw new Refused(code, at, detail);
  }

  /** A list of at most `most` items of `size` bytes each. */
  fixedList(table: number, [start, end]: Range, size: number, most: number): Rows {
    if ((end - start) % size !== 0) this.refuse(PROBLEM.partialItem, start, table);
    const count = (end - start) / size;
    if (count > most) this.refuse(PROBLEM.tooManyItems, start, table);
    return { count, at: (row) => start + size * row, bytes: () => [0, 0] };
  }

  /** A list of at most `most` items of variable size, each of at least `least` bytes, behind a table of their offsets. */
  variableList(table: number, [start, end]: Range, most: number, least: number): Rows {
    const bytes = end - start;
    if (bytes === 0) return NO_ROWS;
    if (bytes < 4) this.refuse(PROBLEM.partialItem, start, table);
    const first = this.uint32(start);
    if (first === 0 || first % 4 !== 0 || first > bytes) this.refuse(PROBLEM.itemOffset, start, table);
    const count = first / 4;
    if (count > most) this.refuse(PROBLEM.tooManyItems, start, table);
    let offset = first;
    for (let i = 1; i <= count; i++) {
      const next = i < count ? this.uint32(start + 4 * i) : bytes;
      if (next < offset || next > bytes) this.refuse(PROBLEM.itemOffset, start + 4 * i, table);
      if (next - offset < least) this.refuse(PROBLEM.itemTooShort, start + offset, table);
      offset = next;
    }
    const at = (row: number) => start + this.uint32(start + 4 * row);
    return { count, at, bytes: (row) => [at(row), row + 1 < count ? at(row + 1) : end] };
  }
}

/** A table of one row. */
export function single(at: number, bytes: Range = [0, 0]): Rows {
  return { count: 1, at: () => at, bytes: () => bytes };
}

/** The table's number. */
export function table(name: DatasetName): number {
  return DATASET_NAMES.indexOf(name);
}
