// The tables, and what the walk has found out about the block: rows per table, and where they are.

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
export const PAYLOAD_FIELD: u32 = 15;
export const EXTRA_DATA_FIELD: u32 = 16;
export const REQUESTS_FIELD: u32 = 17;

export const ALTAIR: u32 = 1;
export const BELLATRIX: u32 = 2;
export const CAPELLA: u32 = 3;
export const DENEB: u32 = 4;
export const ELECTRA: u32 = 5;

/** Rows of the block per table, and where its list starts (for tables with one row: where the row is). */
export const COUNTS: usize = memory.data(15 * 4, 16);
const STARTS: usize = memory.data(15 * 4, 16);

export function clearTables(): void {
  memory.fill(COUNTS, 0, 15 * 4);
}

export function countOf(table: u32): u32 {
  return load<u32>(COUNTS + (table << 2));
}

export function startOf(table: u32): usize {
  return load<u32>(STARTS + (table << 2));
}

export function single(table: u32, at: usize): void {
  store<u32>(COUNTS + (table << 2), 1);
  store<u32>(STARTS + (table << 2), at);
}

export function remember(table: u32, count: u32, at: usize): i32 {
  store<u32>(COUNTS + (table << 2), count);
  store<u32>(STARTS + (table << 2), at);
  return 0;
}
