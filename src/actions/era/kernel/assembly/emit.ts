// Writes the rows of the block that `walk` has passed. The host's program says, per table, which column receives what.

import { decimal256 } from "./decimal";
import { indices, proofs } from "./json";
import { keccakMany } from "./keccak";
import { ROWS_STRIDE, SCRATCH } from "./memory";
import { BASE_0, COUNTS_0, LENGTHS_0, POINTERS_0, prepareRows } from "./rows";
import { countOf, PAYLOADS } from "./tables";
import { payload } from "./walk-execution";
import { count64, each32, each64, eachHex, eachLongHex, fill32, fill64, sameHex, sameText } from "./write";

const SLOT: u32 = 0;
const TIME: u32 = 1;
const INDEX: u32 = 2;
const UINT64: u32 = 3;
const HEX: u32 = 4;
const PAYLOAD_UINT64: u32 = 5;
const PAYLOAD_HEX: u32 = 6;
const BYTES: u32 = 7;
const KECCAK: u32 = 8;
const COUNT: u32 = 9;
const LENGTH: u32 = 10;
const VERSION: u32 = 11;
const BASE_FEE: u32 = 12;
const PROOF: u32 = 13;
const INDICES: u32 = 14;
const ZERO32: u32 = 15;
const ZERO64: u32 = 16;

/** Per table the number of its instructions and the address of the first; behind that, instructions of five u32. */
export const PROGRAM: usize = memory.data(8192, 16);
/** Seven texts of 16 bytes, the first byte being the length: what `version` says for each fork. */
export const VERSIONS: usize = memory.data(7 * 16, 16);

/** Rows and bytes in the columns, per table. */
export const ROW_COUNTS: usize = memory.data(15 * 4, 16);
export const BYTE_COUNTS: usize = memory.data(15 * 4, 16);
const FEE: usize = memory.data(96);
let feeLength: u32 = 0;

// @ts-ignore: decorator
@inline function array(first: usize, which: u32): usize {
  return first + <usize>which * ROWS_STRIDE;
}

export function forget(table: u32): void {
  store<u32>(ROW_COUNTS + (table << 2), 0);
  store<u32>(BYTE_COUNTS + (table << 2), 0);
}

export function emit(slot: u64, time: u32, fork: u32): void {
  if (countOf(PAYLOADS) != 0) feeLength = decimal256(payload + 440, FEE);
  for (let table: u32 = 0; table < 15; table++) {
    const rows = countOf(table);
    const instructions = load<u32>(PROGRAM + (table << 3));
    if (rows == 0 || instructions == 0) continue;
    prepareRows(table, rows);
    let bytes: u32 = 0;
    let p: usize = load<u32>(PROGRAM + (table << 3), 4);
    for (let i: u32 = 0; i < instructions; i++, p += 20) bytes += execute(p, rows, slot, time, fork);
    store<u32>(ROW_COUNTS + (table << 2), load<u32>(ROW_COUNTS + (table << 2)) + rows);
    store<u32>(BYTE_COUNTS + (table << 2), load<u32>(BYTE_COUNTS + (table << 2)) + bytes);
  }
}

function execute(p: usize, rows: u32, slot: u64, time: u32, fork: u32): u32 {
  const column = load<u32>(p, 4);
  const which = load<u32>(p, 8);
  const at = load<u32>(p, 12);
  const size = load<u32>(p, 16);
  switch (load<u32>(p)) {
    case SLOT:
      return fill64(column, slot, rows);
    case TIME:
      return fill32(column, time, rows);
    case INDEX:
      return count64(column, rows);
    case UINT64:
      return each64(column, array(BASE_0, which), at, rows);
    case HEX:
      return eachHex(column, array(BASE_0, which), at, size, rows);
    case PAYLOAD_UINT64:
      // Here `size` is the fork since which the field exists.
      return fill64(column, fork >= size ? load<u64>(payload + at) : 0, rows);
    case PAYLOAD_HEX:
      return sameHex(column, payload + at, size, rows);
    case BYTES:
      return eachLongHex(column, array(POINTERS_0, which), array(LENGTHS_0, which), rows);
    case KECCAK:
      keccakMany(POINTERS_0, LENGTHS_0, rows, SCRATCH);
      for (let i: u32 = 0; i < rows; i++) store<u32>(BASE_0 + (i << 2), SCRATCH + (i << 5));
      return eachHex(column, BASE_0, 0, 32, rows);
    case COUNT:
      return each32(column, array(COUNTS_0, which), rows);
    case LENGTH:
      return fill64(column, countOf(which), rows);
    case VERSION: {
      const name = VERSIONS + (fork << 4);
      return sameText(column, name + 1, load<u8>(name), rows);
    }
    case BASE_FEE:
      return sameText(column, FEE, feeLength, rows);
    case PROOF:
      return proofs(column, rows);
    case INDICES:
      return indices(column, array(POINTERS_0, which), array(LENGTHS_0, which), rows);
    case ZERO32:
      return fill32(column, 0, rows);
    case ZERO64:
      return fill64(column, 0, rows);
  }
  unreachable();
  return 0;
}
