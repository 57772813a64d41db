// Brings the rows of a table into one form before they are written: arrays of addresses, of lengths and of counts.

import { itemAt, itemEnd } from "./lists";
import { ROWS, ROWS_STRIDE } from "./memory";
import { syncBytes } from "./preset";
import {
  ATTESTATIONS,
  ATTESTER_SLASHINGS,
  BLOBS,
  BLS_CHANGES,
  CONSOLIDATION_REQUESTS,
  DEPOSIT_REQUESTS,
  DEPOSITS,
  EXITS,
  PAYLOADS,
  PROPOSER_SLASHINGS,
  startOf,
  SYNC_AGGREGATES,
  TRANSACTIONS,
  WITHDRAWAL_REQUESTS,
  WITHDRAWALS,
} from "./tables";
import { unionSize } from "./union";
import { extraDataAt, extraDataEnd, transactionsEnd } from "./walk-execution";
import { attestationHead, attestationsEnd, attesterSlashingsEnd } from "./walk-votes";

/** Addresses of the rows; for attester slashings those of the row, of its first and of its second attestation. */
export const BASE_0 = ROWS;
/** Where the bytes of a row are that have no fixed length, and how many; two such fields per row. */
export const POINTERS_0 = ROWS + 3 * ROWS_STRIDE;
export const LENGTHS_0 = ROWS + 5 * ROWS_STRIDE;
/** Numbers that were counted: three per row. */
export const COUNTS_0 = ROWS + 7 * ROWS_STRIDE;

export function prepareRows(table: u32, rows: u32): void {
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
      for (let i: u32 = 0; i < syncBytes; i++) set += popcnt(<u32>load<u8>(start + i));
      store<u32>(COUNTS_0, set);
      store<u32>(POINTERS_0, start);
      store<u32>(LENGTHS_0, syncBytes);
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
