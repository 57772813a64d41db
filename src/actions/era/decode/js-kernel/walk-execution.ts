import { forkIndex } from "../../../../lib/beacon/forks.ts";
import type { Preset } from "../../../../lib/beacon/presets.ts";
import type { DatasetName } from "../datasets.ts";
import { FIELD, PROBLEM } from "../problems.ts";
import { type BlockReader, type Range, type Rows, single, table } from "./block-reader.ts";

const CAPELLA = forkIndex("capella");
const DENEB = forkIndex("deneb");

type Tables = { readonly [name in DatasetName]?: Rows };

/** The payload, whose bytes are its extra data, and the two lists in it. */
export function executionPayload(
  reader: BlockReader,
  [start, end]: Range,
  fork: number,
  time: number,
  preset: Preset,
): Tables {
  const head = fork >= DENEB ? 528 : fork >= CAPELLA ? 512 : 508;
  const bytes = end - start;
  if (bytes < head) reader.refuse(PROBLEM.itemTooShort, start, FIELD.payload);
  const extra = reader.uint32(start + 436);
  const transactions = reader.uint32(start + 504);
  const withdrawals = fork >= CAPELLA ? reader.uint32(start + 508) : bytes;
  if (extra !== head) reader.refuse(PROBLEM.fieldOffset, start + 436, FIELD.extraData);
  if (transactions < extra || transactions > bytes) {
    reader.refuse(PROBLEM.fieldOffset, start + 504, table("transactions"));
  }
  if (withdrawals < transactions || withdrawals > bytes) {
    reader.refuse(PROBLEM.fieldOffset, start + 508, table("withdrawals"));
  }
  if (transactions - extra > 32) reader.refuse(PROBLEM.extraData, start + extra, FIELD.extraData);
  // Consensus demands this of every block with a real payload; another value means another network.
  const stamp = reader.uint64(start + 428);
  if (stamp !== 0n && stamp !== BigInt(time)) reader.refuse(PROBLEM.otherTime, start + 428, FIELD.payload);
  const list: Range = [start + transactions, start + withdrawals];
  const tables: Tables = {
    execution_payloads: single(start, [start + extra, start + transactions]),
    transactions: reader.variableList(table("transactions"), list, 2 ** 20, 0),
  };
  if (fork < CAPELLA) return tables;
  const paid = reader.fixedList(table("withdrawals"), [start + withdrawals, end], 44, preset.maxWithdrawals);
  return { ...tables, withdrawals: paid };
}

/** The three lists of execution requests. */
export function executionRequests(reader: BlockReader, [start, end]: Range): Tables {
  const bytes = end - start;
  if (bytes < 12) reader.refuse(PROBLEM.itemTooShort, start, FIELD.requests);
  const withdrawals = reader.uint32(start + 4);
  const consolidations = reader.uint32(start + 8);
  if (reader.uint32(start) !== 12) reader.refuse(PROBLEM.fieldOffset, start, table("deposit_requests"));
  if (withdrawals < 12 || withdrawals > bytes) {
    reader.refuse(PROBLEM.fieldOffset, start + 4, table("withdrawal_requests"));
  }
  if (consolidations < withdrawals || consolidations > bytes) {
    reader.refuse(PROBLEM.fieldOffset, start + 8, table("consolidation_requests"));
  }
  const [second, third] = [start + withdrawals, start + consolidations];
  return {
    deposit_requests: reader.fixedList(table("deposit_requests"), [start + 12, second], 192, 8192),
    withdrawal_requests: reader.fixedList(table("withdrawal_requests"), [second, third], 76, 16),
    consolidation_requests: reader.fixedList(table("consolidation_requests"), [third, end], 116, 2),
  };
}
