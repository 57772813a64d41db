// Checks every length and every offset of a decompressed SignedBeaconBlock against the consensus specifications, and
// remembers where the rows of each table are. Nothing is written before the whole block has passed.

import { BLOCK } from "./memory";
import {
  BIT_PADDING,
  BITLIST_END,
  BITLIST_LENGTH,
  BODY_OFFSET,
  EXTRA_DATA,
  FIELD_OFFSET,
  fail,
  ITEM_OFFSET,
  ITEM_TOO_SHORT,
  MESSAGE_OFFSET,
  OTHER_FORK,
  OTHER_TIME,
  PARTIAL_ITEM,
  TOO_MANY_ITEMS,
  TOO_SHORT,
} from "./problem";

export const BLOCKS: u32 = 0;
export const SYNC_AGGREGATES: u32 = 1;
export const PAYLOADS: u32 = 2;
export const TRANSACTIONS: u32 = 3;
export const WITHDRAWALS: u32 = 4;
export const ATTESTATIONS: u32 = 5;
export const DEPOSITS: u32 = 6;
export const EXITS: u32 = 7;
export const PROPOSER_SLASHINGS: u32 = 8;
export const ATTESTER_SLASHINGS: u32 = 9;
export const BLS_CHANGES: u32 = 10;
export const BLOBS: u32 = 11;
export const DEPOSIT_REQUESTS: u32 = 12;
export const WITHDRAWAL_REQUESTS: u32 = 13;
export const CONSOLIDATION_REQUESTS: u32 = 14;
/** Fields without a table of their own, for messages. */
const PAYLOAD_FIELD: u32 = 15;
const EXTRA_DATA_FIELD: u32 = 16;
const REQUESTS_FIELD: u32 = 17;

const ALTAIR: u32 = 1;
const BELLATRIX: u32 = 2;
const CAPELLA: u32 = 3;
const DENEB: u32 = 4;
const ELECTRA: u32 = 5;

const MESSAGE: usize = BLOCK + 100;
const BODY: usize = BLOCK + 184;

/** Rows of the block per table, and where its list starts (for tables with one row: where the row is). */
export const COUNTS: usize = memory.data(15 * 4, 16);
const STARTS: usize = memory.data(15 * 4, 16);

let syncBytes: u32 = 64;
let committees: u32 = 64;
let maxWithdrawals: u32 = 16;

export let payload: usize = 0;
export let extraDataAt: usize = 0;
export let extraDataEnd: usize = 0;
export let transactionsEnd: usize = 0;
export let attestationsEnd: usize = 0;
export let attesterSlashingsEnd: usize = 0;
/** Bytes of an attestation in front of its bits. */
export let attestationHead: u32 = 228;

export function syncBytesOf(): u32 {
  return syncBytes;
}

export function setPreset(syncCommitteeBytes: u32, maxCommitteesPerSlot: u32, maxWithdrawalsPerPayload: u32): void {
  syncBytes = syncCommitteeBytes;
  committees = maxCommitteesPerSlot;
  maxWithdrawals = maxWithdrawalsPerPayload;
}

export function countOf(table: u32): u32 {
  return load<u32>(COUNTS + (table << 2));
}

export function startOf(table: u32): usize {
  return load<u32>(STARTS + (table << 2));
}

/** `fork` is the index of the fork in force at the block's slot, `time` the Unix time of that slot. 0 or a problem. */
export function walk(length: u32, fork: u32, time: u64): i32 {
  memory.fill(COUNTS, 0, 15 * 4);
  fork = min(fork, ELECTRA);
  const end = BLOCK + length;
  if (length < 388) return fail(TOO_SHORT, length);
  if (load<u32>(BLOCK) != 100) return fail(MESSAGE_OFFSET, 0, load<u32>(BLOCK));
  if (load<u32>(BLOCK, 180) != 84) return fail(BODY_OFFSET, 180, load<u32>(BLOCK, 180));
  const sync: u32 = fork >= ALTAIR ? syncBytes + 96 : 0;
  const late: u32 = fork >= BELLATRIX ? fork - 1 : 0;
  const head: u32 = 220 + sync + 4 * late;
  const first = load<u32>(BODY, 200);
  if (first != head) return fail(OTHER_FORK, 384, first);
  if (length < 184 + head) return fail(TOO_SHORT, length);

  // Nine offsets at most: five in front of the sync aggregate, the others behind it.
  let previous = head;
  for (let i: u32 = 0; i < 5 + late; i++) {
    const where = offsetAt(i, sync);
    const offset = load<u32>(where);
    if (offset < previous || offset > <u32>(end - BODY)) return fail(FIELD_OFFSET, where - BLOCK, fieldName(i));
    previous = offset;
  }
  single(BLOCKS, BLOCK);
  if (fork >= ALTAIR) single(SYNC_AGGREGATES, BLOCK + 404);

  let problem = fixedList(PROPOSER_SLASHINGS, field(0, sync), field(1, sync), 416, 16);
  if (problem) return problem;
  problem = attesterSlashings(field(1, sync), field(2, sync), fork);
  if (problem) return problem;
  problem = attestations(field(2, sync), field(3, sync), fork);
  if (problem) return problem;
  problem = fixedList(DEPOSITS, field(3, sync), field(4, sync), 1240, 16);
  if (problem) return problem;
  problem = fixedList(EXITS, field(4, sync), late == 0 ? end : field(5, sync), 112, 16);
  if (problem || late == 0) return problem;
  problem = executionPayload(field(5, sync), late == 1 ? end : field(6, sync), fork, time);
  if (problem || late == 1) return problem;
  problem = fixedList(BLS_CHANGES, field(6, sync), late == 2 ? end : field(7, sync), 172, 16);
  if (problem || late == 2) return problem;
  problem = fixedList(BLOBS, field(7, sync), late == 3 ? end : field(8, sync), 48, 4096);
  if (problem || late == 3) return problem;
  return requests(field(8, sync), end);
}

// @ts-ignore: decorator
@inline function offsetAt(i: u32, sync: u32): usize {
  return BODY + 200 + (i << 2) + (i < 5 ? 0 : sync);
}

// @ts-ignore: decorator
@inline function field(i: u32, sync: u32): usize {
  return BODY + load<u32>(offsetAt(i, sync));
}

function fieldName(i: u32): u32 {
  switch (i) {
    case 0:
      return PROPOSER_SLASHINGS;
    case 1:
      return ATTESTER_SLASHINGS;
    case 2:
      return ATTESTATIONS;
    case 3:
      return DEPOSITS;
    case 4:
      return EXITS;
    case 5:
      return PAYLOAD_FIELD;
    case 6:
      return BLS_CHANGES;
    case 7:
      return BLOBS;
    default:
      return REQUESTS_FIELD;
  }
}

function single(table: u32, at: usize): void {
  store<u32>(COUNTS + (table << 2), 1);
  store<u32>(STARTS + (table << 2), at);
}

function remember(table: u32, count: u32, at: usize): i32 {
  store<u32>(COUNTS + (table << 2), count);
  store<u32>(STARTS + (table << 2), at);
  return 0;
}

function fixedList(table: u32, start: usize, end: usize, size: u32, most: u32): i32 {
  const bytes = <u32>(end - start);
  if (bytes % size != 0) return fail(PARTIAL_ITEM, start - BLOCK, table);
  if (bytes / size > most) return fail(TOO_MANY_ITEMS, start - BLOCK, table);
  return remember(table, bytes / size, start);
}

/** Checks the offsets of a list of items of variable size, each at least `least` bytes long. */
function variableList(table: u32, start: usize, end: usize, most: u32, least: u32): i32 {
  if (start == end) return remember(table, 0, start);
  const bytes = <u32>(end - start);
  if (bytes < 4) return fail(PARTIAL_ITEM, start - BLOCK, table);
  const first = load<u32>(start);
  if (first == 0 || (first & 3) != 0 || first > bytes) return fail(ITEM_OFFSET, start - BLOCK, table);
  const count = first >>> 2;
  if (count > most) return fail(TOO_MANY_ITEMS, start - BLOCK, table);
  let offset = first;
  for (let i: u32 = 1; i <= count; i++) {
    const next = i < count ? load<u32>(start + (i << 2)) : bytes;
    if (next < offset || next > bytes) return fail(ITEM_OFFSET, start + (i << 2) - BLOCK, table);
    if (next - offset < least) return fail(ITEM_TOO_SHORT, start + offset - BLOCK, table);
    offset = next;
  }
  return remember(table, count, start);
}

// @ts-ignore: decorator
@inline export function itemAt(start: usize, i: u32): usize {
  return start + load<u32>(start + (i << 2));
}

// @ts-ignore: decorator
@inline export function itemEnd(start: usize, end: usize, i: u32, count: u32): usize {
  return i + 1 < count ? start + load<u32>(start + (i << 2), 4) : end;
}

function attestations(start: usize, end: usize, fork: u32): i32 {
  const committeeBytes = fork >= ELECTRA ? (committees + 7) >>> 3 : 0;
  attestationHead = 228 + committeeBytes;
  attestationsEnd = end;
  const problem = variableList(ATTESTATIONS, start, end, fork >= ELECTRA ? 8 : 128, attestationHead + 1);
  if (problem) return problem;
  const mostBits: u32 = fork >= ELECTRA ? 2048 * committees : 2048;
  const count = countOf(ATTESTATIONS);
  for (let i: u32 = 0; i < count; i++) {
    const at = itemAt(start, i);
    if (load<u32>(at) != attestationHead) return fail(ITEM_OFFSET, at - BLOCK, ATTESTATIONS);
    if (committeeBytes != 0 && (committees & 7) != 0) {
      const last: u32 = load<u8>(at + attestationHead - 1);
      if (last >>> (committees & 7) != 0) return fail(BIT_PADDING, at + attestationHead - 1 - BLOCK, ATTESTATIONS);
    }
    const bitsEnd = itemEnd(start, end, i, count);
    const last: u32 = load<u8>(bitsEnd - 1);
    if (last == 0) return fail(BITLIST_END, bitsEnd - 1 - BLOCK, ATTESTATIONS);
    const bits = ((<u32>(bitsEnd - at) - attestationHead) << 3) - clz(last) + 23;
    if (bits > mostBits) return fail(BITLIST_LENGTH, at + attestationHead - BLOCK, ATTESTATIONS);
  }
  return 0;
}

function attesterSlashings(start: usize, end: usize, fork: u32): i32 {
  attesterSlashingsEnd = end;
  const problem = variableList(ATTESTER_SLASHINGS, start, end, fork >= ELECTRA ? 1 : 2, 8);
  if (problem) return problem;
  const most: u32 = fork >= ELECTRA ? 2048 * committees : 2048;
  const count = countOf(ATTESTER_SLASHINGS);
  for (let i: u32 = 0; i < count; i++) {
    const at = itemAt(start, i);
    const bytes = <u32>(itemEnd(start, end, i, count) - at);
    const second = load<u32>(at, 4);
    if (load<u32>(at) != 8) return fail(ITEM_OFFSET, at - BLOCK, ATTESTER_SLASHINGS);
    if (second < 8 || second > bytes) return fail(ITEM_OFFSET, at + 4 - BLOCK, ATTESTER_SLASHINGS);
    let bad = indexedAttestation(at + 8, second - 8, most);
    if (bad) return bad;
    bad = indexedAttestation(at + second, bytes - second, most);
    if (bad) return bad;
  }
  return 0;
}

function indexedAttestation(at: usize, bytes: u32, most: u32): i32 {
  if (bytes < 228) return fail(ITEM_TOO_SHORT, at - BLOCK, ATTESTER_SLASHINGS);
  if (load<u32>(at) != 228) return fail(ITEM_OFFSET, at - BLOCK, ATTESTER_SLASHINGS);
  if (((bytes - 228) & 7) != 0) return fail(PARTIAL_ITEM, at + 228 - BLOCK, ATTESTER_SLASHINGS);
  if ((bytes - 228) >>> 3 > most) return fail(TOO_MANY_ITEMS, at + 228 - BLOCK, ATTESTER_SLASHINGS);
  return 0;
}

function executionPayload(start: usize, end: usize, fork: u32, time: u64): i32 {
  const bytes = <u32>(end - start);
  const head: u32 = fork >= DENEB ? 528 : fork >= CAPELLA ? 512 : 508;
  if (bytes < head) return fail(ITEM_TOO_SHORT, start - BLOCK, PAYLOAD_FIELD);
  const extra = load<u32>(start, 436);
  const transactions = load<u32>(start, 504);
  const withdrawals = fork >= CAPELLA ? load<u32>(start, 508) : bytes;
  if (extra != head) return fail(FIELD_OFFSET, start + 436 - BLOCK, EXTRA_DATA_FIELD);
  if (transactions < extra || transactions > bytes) return fail(FIELD_OFFSET, start + 504 - BLOCK, TRANSACTIONS);
  if (withdrawals < transactions || withdrawals > bytes) return fail(FIELD_OFFSET, start + 508 - BLOCK, WITHDRAWALS);
  if (transactions - extra > 32) return fail(EXTRA_DATA, start + extra - BLOCK, EXTRA_DATA_FIELD);
  // Consensus demands this of every block with a real payload; another value means another network.
  const stamp = load<u64>(start, 428);
  if (stamp != 0 && stamp != time) return fail(OTHER_TIME, start + 428 - BLOCK, PAYLOAD_FIELD);
  payload = start;
  extraDataAt = start + extra;
  extraDataEnd = start + transactions;
  transactionsEnd = start + withdrawals;
  single(PAYLOADS, start);
  const problem = variableList(TRANSACTIONS, start + transactions, start + withdrawals, 1 << 20, 0);
  if (problem || fork < CAPELLA) return problem;
  return fixedList(WITHDRAWALS, start + withdrawals, end, 44, maxWithdrawals);
}

function requests(start: usize, end: usize): i32 {
  const bytes = <u32>(end - start);
  if (bytes < 12) return fail(ITEM_TOO_SHORT, start - BLOCK, REQUESTS_FIELD);
  const withdrawals = load<u32>(start, 4);
  const consolidations = load<u32>(start, 8);
  if (load<u32>(start) != 12) return fail(FIELD_OFFSET, start - BLOCK, DEPOSIT_REQUESTS);
  if (withdrawals < 12 || withdrawals > bytes) return fail(FIELD_OFFSET, start + 4 - BLOCK, WITHDRAWAL_REQUESTS);
  if (consolidations < withdrawals || consolidations > bytes) {
    return fail(FIELD_OFFSET, start + 8 - BLOCK, CONSOLIDATION_REQUESTS);
  }
  let problem = fixedList(DEPOSIT_REQUESTS, start + 12, start + withdrawals, 192, 8192);
  if (problem) return problem;
  problem = fixedList(WITHDRAWAL_REQUESTS, start + withdrawals, start + consolidations, 76, 16);
  if (problem) return problem;
  return fixedList(CONSOLIDATION_REQUESTS, start + consolidations, end, 116, 2);
}
