import { DATASET_NAMES } from "./datasets.ts";
import type { Instruction } from "./layout.ts";
import type { ProgramTable } from "./program.ts";

/**
 * The program as assembly/emit.ts reads it at `address`: per table the number of its instructions and where they are;
 * then five words per instruction. Columns are numbered through all tables.
 */
export function encode(tables: readonly ProgramTable[], address: number, firstColumn: readonly number[]): number[] {
  const heads: number[] = [];
  const body: number[] = [];
  for (const [index, table] of tables.entries()) {
    heads.push(table.columns.length, address + 4 * (2 * tables.length + body.length));
    for (const [column, { instruction }] of table.columns.entries()) {
      body.push(CODES[instruction.kind], firstColumn[index]! + column, ...operands(instruction));
    }
  }
  return [...heads, ...body];
}

const CODES: { readonly [kind in Instruction["kind"]]: number } = {
  slot: 0,
  time: 1,
  index: 2,
  uint64: 3,
  hex: 4,
  "payload-uint64": 5,
  "payload-hex": 6,
  bytes: 7,
  keccak: 8,
  count: 9,
  length: 10,
  version: 11,
  "base-fee": 12,
  proof: 13,
  indices: 14,
  zero32: 15,
  zero64: 16,
};

/** Which array or table, offset, size. */
function operands(instruction: Instruction): [number, number, number] {
  switch (instruction.kind) {
    case "uint64":
      return [instruction.base, instruction.at, 0];
    case "hex":
      return [instruction.base, instruction.at, instruction.bytes];
    case "payload-uint64":
      return [0, instruction.at, instruction.since];
    case "payload-hex":
      return [0, instruction.at, instruction.bytes];
    case "bytes":
    case "count":
    case "indices":
      return [instruction.which, 0, 0];
    case "length":
      return [DATASET_NAMES.indexOf(instruction.dataset), 0, 0];
    default:
      return [0, 0, 0];
  }
}
