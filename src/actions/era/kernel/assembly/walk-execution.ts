// The execution payload and the execution requests.

import { fixedList, variableList } from "./lists";
import { BLOCK } from "./memory";
import { maxWithdrawals } from "./preset";
import { EXTRA_DATA, FIELD_OFFSET, fail, ITEM_TOO_SHORT, OTHER_TIME } from "./problem";
import {
  CAPELLA,
  CONSOLIDATION_REQUESTS,
  DENEB,
  DEPOSIT_REQUESTS,
  EXTRA_DATA_FIELD,
  PAYLOAD_FIELD,
  PAYLOADS,
  REQUESTS_FIELD,
  single,
  TRANSACTIONS,
  WITHDRAWAL_REQUESTS,
  WITHDRAWALS,
} from "./tables";

export let payload: usize = 0;
export let extraDataAt: usize = 0;
export let extraDataEnd: usize = 0;
export let transactionsEnd: usize = 0;

export function executionPayload(start: usize, end: usize, fork: u32, time: u64): i32 {
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

export function executionRequests(start: usize, end: usize): i32 {
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
