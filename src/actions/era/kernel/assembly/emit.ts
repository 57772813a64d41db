// Writes the rows of the block that `walk` has passed. The host's program says, per table, which column receives what.

import { decimal256, decimal64 } from "./decimal";
import { hex } from "./hex";
import { keccakMany } from "./keccak";
import { ROWS, ROWS_STRIDE, SCRATCH } from "./memory";
import { unionSize } from "./union";
import {
  ATTESTATIONS,
  ATTESTER_SLASHINGS,
  attestationHead,
  attestationsEnd,
  attesterSlashingsEnd,
  BLOBS,
  BLOCKS,
  BLS_CHANGES,
  CONSOLIDATION_REQUESTS,
  countOf,
  DEPOSIT_REQUESTS,
  DEPOSITS,
  EXITS,
  extraDataAt,
  extraDataEnd,
  itemAt,
  itemEnd,
  PAYLOADS,
  PROPOSER_SLASHINGS,
  payload,
  startOf,
  SYNC_AGGREGATES,
  syncBytesOf,
  TRANSACTIONS,
  transactionsEnd,
  WITHDRAWAL_REQUESTS,
  WITHDRAWALS,
} from "./walk";
import { count64, each32, each64, eachHex, eachLongHex, fill32, fill64, sameHex, sameText, text } from "./write";

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

const DENEB: u32 = 4;

/** Per table the number of its instructions and the address of the first; behind that, instructions of five u32. */
export const PROGRAM: usize = memory.data(8192, 16);
/** Seven texts of 16 bytes, the first byte being the length: what `version` says for each fork. */
export const VERSIONS: usize = memory.data(7 * 16, 16);

/** Rows and bytes in the columns, per table. */
export const ROW_COUNTS: usize = memory.data(15 * 4, 16);
export const BYTE_COUNTS: usize = memory.data(15 * 4, 16);
const FEE: usize = memory.data(96);
let feeLength: u32 = 0;

/** Addresses of the rows; for attester slashings those of the row, of its first and of its second attestation. */
const BASE_0 = ROWS;
/** Where the bytes of a row are that have no fixed length, and how many; two such fields per row. */
const POINTERS_0 = ROWS + 3 * ROWS_STRIDE;
const LENGTHS_0 = ROWS + 5 * ROWS_STRIDE;
/** Numbers that were counted: three per row. */
const COUNTS_0 = ROWS + 7 * ROWS_STRIDE;

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
    prepare(table, rows);
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

function prepare(table: u32, rows: u32): void {
  const start = startOf(table);
  switch (table) {
    case TRANSACTIONS:
      for (let i: u32 = 0; i < rows; i++) {
        const at = itemAt(start, i);
        store<u32>(POINTERS_0 + (i << 2), at);
        store<u32>(LENGTHS_0 + (i << 2), itemEnd(start, transactionsEnd, i, rows) - at);
      }
      return;
    case ATTESTATIONS:
      for (let i: u32 = 0; i < rows; i++) {
        const at = itemAt(start, i);
        const bits = at + attestationHead;
        store<u32>(BASE_0 + (i << 2), at);
        store<u32>(POINTERS_0 + (i << 2), bits);
        store<u32>(LENGTHS_0 + (i << 2), itemEnd(start, attestationsEnd, i, rows) - bits);
      }
      return;
    case ATTESTER_SLASHINGS:
      for (let i: u32 = 0; i < rows; i++) attesterSlashing(start, i, rows);
      return;
    case SYNC_AGGREGATES: {
      let set: u32 = 0;
      for (let i: u32 = 0; i < syncBytesOf(); i++) set += popcnt(<u32>load<u8>(start + i));
      store<u32>(COUNTS_0, set);
      store<u32>(POINTERS_0, start);
      store<u32>(LENGTHS_0, syncBytesOf());
      break;
    }
    case PAYLOADS:
      store<u32>(POINTERS_0, extraDataAt);
      store<u32>(LENGTHS_0, extraDataEnd - extraDataAt);
      break;
  }
  const stride = strideOf(table);
  for (let i: u32 = 0, at = start; i < rows; i++, at += stride) store<u32>(BASE_0 + (i << 2), at);
}

function strideOf(table: u32): u32 {
  switch (table) {
    case WITHDRAWALS:
      return 44;
    case DEPOSITS:
      return 1240;
    case EXITS:
      return 112;
    case PROPOSER_SLASHINGS:
      return 416;
    case BLS_CHANGES:
      return 172;
    case BLOBS:
      return 48;
    case DEPOSIT_REQUESTS:
      return 192;
    case WITHDRAWAL_REQUESTS:
      return 76;
    case CONSOLIDATION_REQUESTS:
      return 116;
    default:
      return 0;
  }
}

function attesterSlashing(start: usize, i: u32, rows: u32): void {
  const at = itemAt(start, i);
  const end = itemEnd(start, attesterSlashingsEnd, i, rows);
  const first = at + 8;
  const second = at + load<u32>(at, 4);
  store<u32>(BASE_0 + (i << 2), at);
  store<u32>(BASE_0 + ROWS_STRIDE + (i << 2), first);
  store<u32>(BASE_0 + 2 * ROWS_STRIDE + (i << 2), second);
  store<u32>(POINTERS_0 + (i << 2), first + 228);
  store<u32>(LENGTHS_0 + (i << 2), second - first - 228);
  store<u32>(POINTERS_0 + ROWS_STRIDE + (i << 2), second + 228);
  store<u32>(LENGTHS_0 + ROWS_STRIDE + (i << 2), end - second - 228);
  store<u32>(COUNTS_0 + (i << 2), <u32>(second - first - 228) >>> 3);
  store<u32>(COUNTS_0 + ROWS_STRIDE + (i << 2), <u32>(end - second - 228) >>> 3);
  const union = unionSize(first + 228, <u32>(second - first - 228) >>> 3, second + 228, <u32>(end - second - 228) >>> 3);
  store<u32>(COUNTS_0 + 2 * ROWS_STRIDE + (i << 2), union);
}

/** The 33 hashes of a deposit's proof as a JSON array of strings, ", " between them. */
function proofs(column: u32, rows: u32): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = load<u32>(BASE_0 + (i << 2));
    let o = SCRATCH;
    store<u8>(o++, 0x5b);
    for (let hash: u32 = 0; hash < 33; hash++) {
      if (hash > 0) {
        store<u16>(o, 0x202c);
        o += 2;
      }
      store<u32>(o, 0x783022);
      hex(at + (hash << 5), 32, o + 3);
      store<u8>(o + 67, 0x22);
      o += 68;
    }
    store<u8>(o++, 0x5d);
    bytes += text(column, SCRATCH, <u32>(o - SCRATCH));
  }
  return bytes;
}

/** Validator indices as a JSON array of decimal strings, ", " between them. */
function indices(column: u32, pointers: usize, lengths: usize, rows: u32): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const start: usize = load<u32>(pointers + (i << 2));
    const end = start + load<u32>(lengths + (i << 2));
    let o = SCRATCH;
    store<u8>(o++, 0x5b);
    for (let p = start; p < end; p += 8) {
      if (p > start) {
        store<u16>(o, 0x202c);
        o += 2;
      }
      store<u8>(o++, 0x22);
      o += decimal64(load<u64>(p), o);
      store<u8>(o++, 0x22);
    }
    store<u8>(o++, 0x5d);
    bytes += text(column, SCRATCH, <u32>(o - SCRATCH));
  }
  return bytes;
}
