import type { Dataset } from "../decode/index.ts";
import { type EraDatabase, tableIn } from "./era-database.ts";

/** Enough for the blocks of several eras: a retried insert is recognised, whatever else came in between. */
const DEDUPLICATION_WINDOW = 1000;

/**
 * A table of the documented columns and sorting key, with `load_id` in front: which load brought the row. One load of one
 * era is one partition, so it is published, replaced and removed as a whole, in milliseconds, without touching its
 * neighbours.
 */
export function createDatasetTable(target: EraDatabase, dataset: Dataset): string {
  const columns = dataset.columns.map(({ name, type }) =>
    type === "DateTime" ? `${name} DateTime('UTC') DEFAULT toDateTime(0)` : `${name} ${type}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${tableIn(target, dataset.name)} (
  load_id UInt64,
  ${columns.join(",\n  ")},
  insert_version UInt64 MATERIALIZED toUnixTimestamp64Nano(now64(9))
) ENGINE = ReplacingMergeTree(insert_version)
PARTITION BY (intDiv(slot, ${target.network.preset.slotsPerEra}), load_id)
ORDER BY (${dataset.orderBy.join(", ")})
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;
}

/** The partition that one load of one era is, as ClickHouse names it. */
export function partitionId(era: number, loadId: bigint): string {
  return `${era - 1}-${loadId}`;
}

/**
 * What readers use: exactly the documented columns, and only the rows of completed loads. The set of loads changes by one
 * insert, so an era appears, or is exchanged, at one instant.
 */
export function createReaderView(target: EraDatabase, dataset: Dataset): string {
  return `CREATE OR REPLACE VIEW ${tableIn(target, viewOf(dataset.name))} AS
SELECT ${dataset.columns.map(({ name }) => name).join(", ")}
FROM ${tableIn(target, dataset.name)}
WHERE load_id IN (
  SELECT argMax(load_id, insert_version) FROM ${tableIn(target, "era_completion")}
  WHERE status IN ('completed', 'cleaned') AND has(datasets_loaded, '${dataset.name}')
  GROUP BY era_number
  HAVING argMax(status, insert_version) = 'completed'
)`;
}

export function viewOf(dataset: string): string {
  return `v_${dataset}`;
}

/** Which load readers see, per era and dataset. */
export function createPublishedView(target: EraDatabase): string {
  return `CREATE OR REPLACE VIEW ${tableIn(target, "era_published")} AS
SELECT network, era_number, dataset, argMax(load_id, insert_version) AS load_id
FROM ${tableIn(target, "era_completion")} ARRAY JOIN datasets_loaded AS dataset
WHERE status IN ('completed', 'cleaned')
GROUP BY network, era_number, dataset
HAVING argMax(status, insert_version) = 'completed'`;
}

/**
 * The documented columns, and what else is worth knowing about a load. Every change of state is a row and stays: attempts
 * and failures are history, and no writer can undo another one's row.
 */
export function createCompletionTable(target: EraDatabase): string {
  return `CREATE TABLE IF NOT EXISTS ${tableIn(target, "era_completion")} (
  network String,
  era_number UInt32,
  status Enum8('processing' = 0, 'completed' = 1, 'failed' = 2, 'cleaned' = 3),
  slot_start UInt32,
  slot_end UInt32,
  total_records UInt64,
  datasets_processed Array(String),
  processing_started_at DateTime('UTC'),
  completed_at DateTime('UTC') DEFAULT now(),
  error_message String DEFAULT '',
  retry_count UInt8 DEFAULT 0,
  attempt UInt32 DEFAULT 1,
  load_id UInt64,
  datasets_loaded Array(String),
  dataset_rows Map(String, UInt64),
  file_name String DEFAULT '',
  file_size UInt64 DEFAULT 0,
  root String DEFAULT '',
  source String DEFAULT '',
  state_checked Bool DEFAULT true,
  duration_ms UInt64 DEFAULT 0,
  owner String DEFAULT '',
  insert_version UInt64 DEFAULT toUnixTimestamp64Nano(now64(9))
) ENGINE = ReplacingMergeTree(insert_version)
PARTITION BY network
ORDER BY (network, era_number, load_id, status)
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;
}

/** The documented view: the latest state per era. */
export function createStatusView(target: EraDatabase): string {
  return `CREATE OR REPLACE VIEW ${tableIn(target, "era_status")} AS
SELECT *, length(datasets_processed) AS dataset_count
FROM ${tableIn(target, "era_completion")}
ORDER BY insert_version DESC
LIMIT 1 BY network, era_number`;
}

/** Who works on which era: claims and signs of life, all timed by the server's clock. */
export function createLeaseTable(target: EraDatabase): string {
  return `CREATE TABLE IF NOT EXISTS ${tableIn(target, "era_lease")} (
  era_number UInt32,
  claim String,
  owner String,
  kind Enum8('claim' = 0, 'beat' = 1, 'release' = 2),
  at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = MergeTree
ORDER BY (era_number, claim, at)
TTL toDateTime(at) + INTERVAL 2 DAY
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;
}

export function createBindingTable(target: EraDatabase): string {
  return `CREATE TABLE IF NOT EXISTS ${tableIn(target, "era_database")} (
  network String, slots_per_era UInt32, value_mode String, created_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = MergeTree ORDER BY created_at`;
}
