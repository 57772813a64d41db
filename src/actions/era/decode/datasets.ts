/** The types that occur in our columns, spelled as ClickHouse spells them. */
export type ColumnType = "UInt64" | "UInt32" | "String" | "DateTime";

export type Column = { readonly name: string; readonly type: ColumnType };

/** A table: what one decoded era contributes to it. */
export type Dataset = {
  readonly name: DatasetName;
  /** In the order in which the Native blocks carry them; `timestamp_utc` (UTC seconds) is always the last. */
  readonly columns: readonly Column[];
  /** The sorting key of the table. */
  readonly orderBy: readonly string[];
};

const DEFINITIONS = {
  blocks: table(
    "slot, proposer_index",
    `slot u, proposer_index u, parent_root, state_root, signature, version, randao_reveal, graffiti,
     eth1_deposit_root, eth1_deposit_count u, eth1_block_hash`,
  ),
  sync_aggregates: table("slot", "slot u, sync_committee_bits, sync_committee_signature, participating_validators u32"),
  execution_payloads: table(
    "slot, block_number",
    `slot u, parent_hash, fee_recipient, state_root, receipts_root, logs_bloom, prev_randao, block_number u,
     gas_limit u, gas_used u, base_fee_per_gas, block_hash, blob_gas_used u, excess_blob_gas u, extra_data,
     transactions_count u, withdrawals_count u`,
  ),
  transactions: table(
    "slot, transaction_index, transaction_hash",
    `slot u, block_number u, block_hash, transaction_index u, transaction_hash, fee_recipient, gas_limit u,
     gas_used u, base_fee_per_gas`,
  ),
  withdrawals: table(
    "slot, withdrawal_index, validator_index",
    "slot u, block_number u, block_hash, withdrawal_index u, validator_index u, address, amount u",
  ),
  attestations: table(
    "slot, attestation_index, committee_index",
    `slot u, attestation_index u, aggregation_bits, signature, attestation_slot u, committee_index u,
     beacon_block_root, source_epoch u, source_root, target_epoch u, target_root`,
  ),
  deposits: table(
    "slot, deposit_index, pubkey",
    "slot u, deposit_index u, pubkey, withdrawal_credentials, amount u, signature, proof",
  ),
  voluntary_exits: table("slot, validator_index, epoch", "slot u, exit_index u, signature, epoch u, validator_index u"),
  proposer_slashings: table(
    "slot, slashing_index, header_1_proposer_index",
    `slot u, slashing_index u, ${header(1)}, ${header(2)}`,
  ),
  attester_slashings: table(
    "slot, slashing_index, att_1_committee_index",
    `slot u, slashing_index u, ${indexedAttestation(1)}, ${indexedAttestation(2)}, total_slashed_validators u32`,
  ),
  bls_changes: table(
    "slot, change_index, validator_index",
    "slot u, change_index u, signature, validator_index u, from_bls_pubkey, to_execution_address",
  ),
  blob_commitments: table("slot, commitment_index", "slot u, commitment_index u, commitment"),
  deposit_requests: table(
    "slot, request_index, pubkey",
    `slot u, request_index u, pubkey, withdrawal_credentials, amount u, signature, deposit_request_index u`,
  ),
  withdrawal_requests: table(
    "slot, request_index, source_address",
    "slot u, request_index u, source_address, validator_pubkey, amount u",
  ),
  consolidation_requests: table(
    "slot, request_index, source_address",
    "slot u, request_index u, source_address, source_pubkey, target_pubkey",
  ),
} as const;

export type DatasetName = keyof typeof DEFINITIONS;

/**
 * The fifteen tables. Byte fields are `0x` and lower-case hex, graffiti and extra_data included; uint256 is a decimal
 * string; timestamps are UTC. The types are the same in both value modes (`DecodeOptions.values`), the values differ in
 * `transactions.transaction_hash`, `sync_aggregates.participating_validators`,
 * `execution_payloads.{transactions,withdrawals}_count` and `blocks.version` of fulu.
 */
export const DATASETS: readonly Dataset[] = Object.entries(DEFINITIONS).map(([name, definition]) => ({
  name: name as DatasetName,
  ...definition,
}));

export const DATASET_NAMES: readonly DatasetName[] = DATASETS.map((dataset) => dataset.name);

function table(orderBy: string, columns: string): Omit<Dataset, "name"> {
  return {
    columns: [...columns.split(",").map(column), { name: "timestamp_utc", type: "DateTime" }],
    orderBy: orderBy.split(", "),
  };
}

/** `name`, `name u` or `name u32`. */
function column(text: string): Column {
  const [name, type] = text.trim().split(" ");
  return { name: name!, type: type === "u" ? "UInt64" : type === "u32" ? "UInt32" : "String" };
}

function header(n: number): string {
  const fields = ["slot u", "proposer_index u", "parent_root", "state_root", "body_root", "signature"];
  return fields.map((field) => `header_${n}_${field}`).join(", ");
}

function indexedAttestation(n: number): string {
  const fields = [
    ...["slot u", "committee_index u", "beacon_block_root", "source_epoch u", "source_root", "target_epoch u"],
    ...["target_root", "signature", "attesting_indices", "validator_count u32"],
  ];
  return fields.map((field) => `att_${n}_${field}`).join(", ");
}
