import type { Preset } from "../../../lib/beacon/presets.ts";
import type { ValueMode } from "./contract.ts";
import { DATASETS, type DatasetName } from "./datasets.ts";

/**
 * Where the value of a column comes from. `base` is the row (0) or, in attester slashings, its first or second
 * attestation (1, 2); `at` counts bytes from there. Both kernels execute these instructions.
 */
export type Instruction =
  | { readonly kind: "slot" | "time" | "index" | "version" | "base-fee" | "proof" | "keccak" | "zero32" | "zero64" }
  | { readonly kind: "uint64"; readonly at: number; readonly base: number }
  | { readonly kind: "hex"; readonly at: number; readonly bytes: number; readonly base: number }
  /** The same for all rows of a block; 0 before the fork (its index) that brought the field. */
  | { readonly kind: "payload-uint64"; readonly at: number; readonly since: number }
  | { readonly kind: "payload-hex"; readonly at: number; readonly bytes: number }
  /** The row's bytes of variable length, as hex. */
  | { readonly kind: "bytes"; readonly which: number }
  | { readonly kind: "count"; readonly which: number }
  /** Number of rows that the block has in another table. */
  | { readonly kind: "length"; readonly dataset: DatasetName }
  | { readonly kind: "indices"; readonly which: number };

export type Layout = { readonly [column: string]: Instruction };

/** The instructions of every table, for blocks of `preset` and values of `mode`. Offsets: consensus-specs containers. */
export function layouts(preset: Preset, mode: ValueMode): { readonly [name in DatasetName]: Layout } {
  const exact = mode === "exact";
  const own: { readonly [name in DatasetName]: Layout } = {
    ...FIXED,
    sync_aggregates: {
      sync_committee_bits: bytes(0),
      sync_committee_signature: hex(preset.syncCommitteeSize / 8, 96),
      participating_validators: exact ? count(0) : { kind: "zero32" },
    },
    execution_payloads: {
      ...FIXED.execution_payloads,
      transactions_count: exact ? { kind: "length", dataset: "transactions" } : { kind: "zero64" },
      withdrawals_count: exact ? { kind: "length", dataset: "withdrawals" } : { kind: "zero64" },
    },
    transactions: { ...FIXED.transactions, transaction_hash: exact ? { kind: "keccak" } : bytes(0) },
  };
  const entries = DATASETS.map((dataset) => [
    dataset.name,
    { slot: { kind: "slot" }, ...own[dataset.name], timestamp_utc: { kind: "time" } },
  ]);
  return Object.fromEntries(entries) as { [name in DatasetName]: Layout };
}

const INDEX: Instruction = { kind: "index" };
const BLOCK_NUMBER = payloadUint64(404);
const BLOCK_HASH = payloadHex(472, 32);
const DENEB = 4;

const FIXED: { readonly [name in DatasetName]: Layout } = {
  blocks: {
    proposer_index: uint64(108),
    parent_root: hex(116, 32),
    state_root: hex(148, 32),
    signature: hex(4, 96),
    version: { kind: "version" },
    randao_reveal: hex(184, 96),
    graffiti: hex(352, 32),
    eth1_deposit_root: hex(280, 32),
    eth1_deposit_count: uint64(312),
    eth1_block_hash: hex(320, 32),
  },
  sync_aggregates: {},
  execution_payloads: {
    parent_hash: hex(0, 32),
    fee_recipient: hex(32, 20),
    state_root: hex(52, 32),
    receipts_root: hex(84, 32),
    logs_bloom: hex(116, 256),
    prev_randao: hex(372, 32),
    block_number: uint64(404),
    gas_limit: uint64(412),
    gas_used: uint64(420),
    base_fee_per_gas: { kind: "base-fee" },
    block_hash: hex(472, 32),
    blob_gas_used: payloadUint64(512, DENEB),
    excess_blob_gas: payloadUint64(520, DENEB),
    extra_data: bytes(0),
  },
  transactions: {
    block_number: BLOCK_NUMBER,
    block_hash: BLOCK_HASH,
    transaction_index: INDEX,
    fee_recipient: payloadHex(32, 20),
    gas_limit: payloadUint64(412),
    gas_used: payloadUint64(420),
    base_fee_per_gas: { kind: "base-fee" },
  },
  withdrawals: {
    block_number: BLOCK_NUMBER,
    block_hash: BLOCK_HASH,
    withdrawal_index: uint64(0),
    validator_index: uint64(8),
    address: hex(16, 20),
    amount: uint64(36),
  },
  attestations: {
    attestation_index: INDEX,
    aggregation_bits: bytes(0),
    signature: hex(132, 96),
    attestation_slot: uint64(4),
    committee_index: uint64(12),
    beacon_block_root: hex(20, 32),
    source_epoch: uint64(52),
    source_root: hex(60, 32),
    target_epoch: uint64(92),
    target_root: hex(100, 32),
  },
  deposits: {
    deposit_index: INDEX,
    pubkey: hex(1056, 48),
    withdrawal_credentials: hex(1104, 32),
    amount: uint64(1136),
    signature: hex(1144, 96),
    proof: { kind: "proof" },
  },
  voluntary_exits: { exit_index: INDEX, signature: hex(16, 96), epoch: uint64(0), validator_index: uint64(8) },
  proposer_slashings: { slashing_index: INDEX, ...header(1), ...header(2) },
  attester_slashings: {
    slashing_index: INDEX,
    ...indexedAttestation(1),
    ...indexedAttestation(2),
    total_slashed_validators: count(2),
  },
  bls_changes: {
    change_index: INDEX,
    signature: hex(76, 96),
    validator_index: uint64(0),
    from_bls_pubkey: hex(8, 48),
    to_execution_address: hex(56, 20),
  },
  blob_commitments: { commitment_index: INDEX, commitment: hex(0, 48) },
  deposit_requests: {
    request_index: INDEX,
    pubkey: hex(0, 48),
    withdrawal_credentials: hex(48, 32),
    amount: uint64(80),
    signature: hex(88, 96),
    deposit_request_index: uint64(184),
  },
  withdrawal_requests: {
    request_index: INDEX,
    source_address: hex(0, 20),
    validator_pubkey: hex(20, 48),
    amount: uint64(68),
  },
  consolidation_requests: {
    request_index: INDEX,
    source_address: hex(0, 20),
    source_pubkey: hex(20, 48),
    target_pubkey: hex(68, 48),
  },
};

function header(n: 1 | 2): Layout {
  const start = (n - 1) * 208;
  return {
    [`header_${n}_slot`]: uint64(start),
    [`header_${n}_proposer_index`]: uint64(start + 8),
    [`header_${n}_parent_root`]: hex(start + 16, 32),
    [`header_${n}_state_root`]: hex(start + 48, 32),
    [`header_${n}_body_root`]: hex(start + 80, 32),
    [`header_${n}_signature`]: hex(start + 112, 96),
  };
}

function indexedAttestation(n: 1 | 2): Layout {
  return {
    [`att_${n}_slot`]: uint64(4, n),
    [`att_${n}_committee_index`]: uint64(12, n),
    [`att_${n}_beacon_block_root`]: hex(20, 32, n),
    [`att_${n}_source_epoch`]: uint64(52, n),
    [`att_${n}_source_root`]: hex(60, 32, n),
    [`att_${n}_target_epoch`]: uint64(92, n),
    [`att_${n}_target_root`]: hex(100, 32, n),
    [`att_${n}_signature`]: hex(132, 96, n),
    [`att_${n}_attesting_indices`]: { kind: "indices", which: n - 1 },
    [`att_${n}_validator_count`]: count(n - 1),
  };
}

function uint64(at: number, base = 0): Instruction {
  return { kind: "uint64", at, base };
}

function hex(at: number, length: number, base = 0): Instruction {
  return { kind: "hex", at, bytes: length, base };
}

function payloadUint64(at: number, since = 0): Instruction {
  return { kind: "payload-uint64", at, since };
}

function payloadHex(at: number, length: number): Instruction {
  return { kind: "payload-hex", at, bytes: length };
}

function bytes(which: number): Instruction {
  return { kind: "bytes", which };
}

function count(which: number): Instruction {
  return { kind: "count", which };
}
