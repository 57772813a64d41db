import crypto from "node:crypto";
import type { BitArray } from "@chainsafe/ssz";
import type { ValueMode } from "../../../../../src/actions/era/decode/contract.ts";
import { keccak256 } from "../../../../../src/actions/era/decode/js-kernel/keccak.ts";
import { type ForkName, forkIndex } from "../../../../../src/lib/beacon/forks.ts";

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the fork; the rows below are the assertion.
type Value = any;
type Row = { [column: string]: number | string };

/** The rows that a block must give in every table, written down from the tables' definition and nothing else. */
export function expectedRows(
  signed: Value,
  fork: ForkName,
  time: number,
  mode: ValueMode,
): { [dataset: string]: Row[] } {
  const block = signed.message;
  const { body } = block;
  const payload = body.executionPayload;
  const exact = mode === "exact";
  const at = { slot: uint(block.slot), timestamp_utc: new Date(1000 * time).toISOString() };
  const each = (items: Value[] | undefined, row: (item: Value, index: number) => Row): Row[] =>
    (items ?? []).map((item, index) => ({ ...at, ...row(item, index) }));
  const inBlock = payload && { block_number: uint(payload.blockNumber), block_hash: hex(payload.blockHash) };
  const requests = body.executionRequests;
  const deneb = forkIndex(fork) >= forkIndex("deneb");
  return {
    blocks: each([block], () => ({
      proposer_index: uint(block.proposerIndex),
      parent_root: hex(block.parentRoot),
      state_root: hex(block.stateRoot),
      signature: hex(signed.signature),
      version: fork === "fulu" && !exact ? "electra" : fork,
      randao_reveal: hex(body.randaoReveal),
      graffiti: hex(body.graffiti),
      eth1_deposit_root: hex(body.eth1Data.depositRoot),
      eth1_deposit_count: uint(body.eth1Data.depositCount),
      eth1_block_hash: hex(body.eth1Data.blockHash),
    })),
    sync_aggregates: each(body.syncAggregate && [body.syncAggregate], (sync) => ({
      sync_committee_bits: hex(sync.syncCommitteeBits.uint8Array),
      sync_committee_signature: hex(sync.syncCommitteeSignature),
      participating_validators: exact ? sync.syncCommitteeBits.getTrueBitIndexes().length : 0,
    })),
    execution_payloads: each(payload && [payload], () => ({
      ...inBlock,
      parent_hash: hex(payload.parentHash),
      fee_recipient: hex(payload.feeRecipient),
      state_root: hex(payload.stateRoot),
      receipts_root: hex(payload.receiptsRoot),
      logs_bloom: hex(payload.logsBloom),
      prev_randao: hex(payload.prevRandao),
      gas_limit: uint(payload.gasLimit),
      gas_used: uint(payload.gasUsed),
      base_fee_per_gas: payload.baseFeePerGas.toString(),
      blob_gas_used: deneb ? uint(payload.blobGasUsed) : 0,
      excess_blob_gas: deneb ? uint(payload.excessBlobGas) : 0,
      extra_data: hex(payload.extraData),
      transactions_count: exact ? payload.transactions.length : 0,
      withdrawals_count: exact ? (payload.withdrawals?.length ?? 0) : 0,
    })),
    transactions: each(payload?.transactions, (transaction, index) => ({
      ...inBlock,
      transaction_index: index,
      transaction_hash: exact ? hex(keccak(transaction)) : hex(transaction),
      fee_recipient: hex(payload.feeRecipient),
      gas_limit: uint(payload.gasLimit),
      gas_used: uint(payload.gasUsed),
      base_fee_per_gas: payload.baseFeePerGas.toString(),
    })),
    withdrawals: each(payload?.withdrawals, (withdrawal) => ({
      ...inBlock,
      withdrawal_index: uint(withdrawal.index),
      validator_index: uint(withdrawal.validatorIndex),
      address: hex(withdrawal.address),
      amount: uint(withdrawal.amount),
    })),
    attestations: each(body.attestations, (attestation, index) => ({
      attestation_index: index,
      aggregation_bits: hex(bitList(attestation.aggregationBits)),
      signature: hex(attestation.signature),
      ...votes("attestation_", attestation.data),
    })),
    deposits: each(body.deposits, ({ proof, data }, index) => ({
      deposit_index: index,
      pubkey: hex(data.pubkey),
      withdrawal_credentials: hex(data.withdrawalCredentials),
      amount: uint(data.amount),
      signature: hex(data.signature),
      proof: jsonStrings(proof.map(hex)),
    })),
    voluntary_exits: each(body.voluntaryExits, ({ message, signature }, index) => ({
      exit_index: index,
      signature: hex(signature),
      epoch: uint(message.epoch),
      validator_index: uint(message.validatorIndex),
    })),
    proposer_slashings: each(body.proposerSlashings, (slashing, index) => ({
      slashing_index: index,
      ...header(1, slashing.signedHeader1),
      ...header(2, slashing.signedHeader2),
    })),
    attester_slashings: each(body.attesterSlashings, ({ attestation1, attestation2 }, index) => ({
      slashing_index: index,
      ...indexed(1, attestation1),
      ...indexed(2, attestation2),
      total_slashed_validators: new Set([...attestation1.attestingIndices, ...attestation2.attestingIndices]).size,
    })),
    bls_changes: each(body.blsToExecutionChanges, ({ message, signature }, index) => ({
      change_index: index,
      signature: hex(signature),
      validator_index: uint(message.validatorIndex),
      from_bls_pubkey: hex(message.fromBlsPubkey),
      to_execution_address: hex(message.toExecutionAddress),
    })),
    blob_commitments: each(body.blobKzgCommitments, (commitment, index) => ({
      commitment_index: index,
      commitment: hex(commitment),
    })),
    deposit_requests: each(requests?.deposits, (request, index) => ({
      request_index: index,
      pubkey: hex(request.pubkey),
      withdrawal_credentials: hex(request.withdrawalCredentials),
      amount: uint(request.amount),
      signature: hex(request.signature),
      deposit_request_index: uint(request.index),
    })),
    withdrawal_requests: each(requests?.withdrawals, (request, index) => ({
      request_index: index,
      source_address: hex(request.sourceAddress),
      validator_pubkey: hex(request.validatorPubkey),
      amount: uint(request.amount),
    })),
    consolidation_requests: each(requests?.consolidations, (request, index) => ({
      request_index: index,
      source_address: hex(request.sourceAddress),
      source_pubkey: hex(request.sourcePubkey),
      target_pubkey: hex(request.targetPubkey),
    })),
  };
}

function votes(slotPrefix: string, data: Value): Row {
  return {
    [`${slotPrefix}slot`]: uint(data.slot),
    committee_index: uint(data.index),
    beacon_block_root: hex(data.beaconBlockRoot),
    source_epoch: uint(data.source.epoch),
    source_root: hex(data.source.root),
    target_epoch: uint(data.target.epoch),
    target_root: hex(data.target.root),
  };
}

function header(n: number, { message, signature }: Value): Row {
  return prefixed(`header_${n}_`, {
    slot: uint(message.slot),
    proposer_index: uint(message.proposerIndex),
    parent_root: hex(message.parentRoot),
    state_root: hex(message.stateRoot),
    body_root: hex(message.bodyRoot),
    signature: hex(signature),
  });
}

function indexed(n: number, attestation: Value): Row {
  const indices: bigint[] = attestation.attestingIndices;
  return prefixed(`att_${n}_`, {
    ...votes("", attestation.data),
    signature: hex(attestation.signature),
    attesting_indices: jsonStrings(indices.map(String)),
    validator_count: indices.length,
  });
}

function prefixed(prefix: string, row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [prefix + name, value]));
}

/** As Python's json.dumps writes a list of strings. */
function jsonStrings(texts: string[]): string {
  return `[${texts.map((text) => `"${text}"`).join(", ")}]`;
}

function uint(value: bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/** The serialized form, with the bit that marks the end. */
function bitList(bits: BitArray): Uint8Array {
  const bytes = new Uint8Array(Math.floor(bits.bitLen / 8) + 1);
  bytes.set(bits.uint8Array);
  bytes[bytes.length - 1]! |= 1 << (bits.bitLen % 8);
  return bytes;
}

/** OpenSSL's where it has one, else ours, which the known hashes in keccak.test.ts vouch for. */
function keccak(bytes: Uint8Array): Uint8Array {
  if (!crypto.getHashes().includes("keccak-256")) return keccak256(bytes);
  return crypto.createHash("keccak-256").update(bytes).digest();
}
