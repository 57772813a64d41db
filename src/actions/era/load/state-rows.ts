import type { SqlParam } from "../clickhouse/clickhouse.ts";
import type { DatasetName } from "../decode/index.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";

export type EraStatus = "processing" | "completed" | "failed" | "cleaned";

/** One change of an era's state, as it goes into `era_completion`. */
export type StateRow = {
  readonly era: number;
  readonly status: EraStatus;
  readonly loadId: bigint;
  readonly attempt: number;
  /** All that this load was to bring, also those that turned out empty. */
  readonly datasets: readonly DatasetName[];
  readonly rows: { readonly [dataset in DatasetName]?: number };
  readonly error: string;
  readonly fileName: string;
  readonly fileBytes: number;
  readonly root: string;
  readonly source: string;
  readonly stateChecked: boolean;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly owner: string;
};

const ERROR_LIMIT = 4000;

/**
 * Appends a state. Versions only grow, whatever the server's clock does: the newest row must win even after the clock was
 * set back.
 */
export async function writeState(target: EraDatabase, row: StateRow): Promise<void> {
  const table = tableIn(target, "era_completion");
  const values: { readonly [column: string]: readonly [type: string, value: SqlParam] } = {
    network: ["String", target.network.name],
    era_number: ["UInt32", row.era],
    status: ["String", row.status],
    slot_start: ["UInt32", slotStart(target, row.era)],
    slot_end: ["UInt32", slotEnd(target, row.era)],
    total_records: ["UInt64", Object.values(row.rows).reduce((sum, count) => sum + count, 0)],
    datasets_processed: ["Array(String)", row.datasets.filter((dataset) => (row.rows[dataset] ?? 0) > 0)],
    processing_started_at: ["UInt32", Math.floor(row.startedAtMs / 1000)],
    error_message: ["String", row.error.slice(0, ERROR_LIMIT)],
    retry_count: ["UInt8", Math.min(row.attempt - 1, 255)],
    attempt: ["UInt32", row.attempt],
    load_id: ["UInt64", row.loadId],
    datasets_loaded: ["Array(String)", row.datasets],
    file_name: ["String", row.fileName],
    file_size: ["UInt64", row.fileBytes],
    root: ["String", row.root],
    source: ["String", row.source],
    state_checked: ["Bool", row.stateChecked ? "true" : "false"],
    duration_ms: ["UInt64", Math.round(row.durationMs)],
    owner: ["String", row.owner],
  };
  const columns = Object.keys(values);
  const names = row.datasets.filter((dataset) => row.rows[dataset] !== undefined);
  await target.clickhouse.command(
    `INSERT INTO ${table} (${columns.join(", ")}, dataset_rows, insert_version)
     SELECT ${columns.map((column) => `{${column}:${values[column]![0]}}`).join(", ")},
       mapFromArrays({row_names:Array(String)}, {row_counts:Array(UInt64)}),
       greatest(toUInt64(toUnixTimestamp64Nano(now64(9))),
         (SELECT max(insert_version) + 1 FROM ${table} WHERE era_number = {era_number:UInt32}))`,
    {
      params: {
        ...Object.fromEntries(columns.map((column) => [column, values[column]![1]])),
        row_names: names,
        row_counts: names.map((dataset) => row.rows[dataset]!),
      },
      settings: { async_insert: 0 },
    },
  );
}

/** Tries since the era was last completed or cleaned. */
export async function attemptsBefore(target: EraDatabase, era: number): Promise<number> {
  const [row] = await target.clickhouse.rows<{ attempts: string | number }>(
    `SELECT countIf(status = 'processing' AND insert_version > settled) AS attempts
     FROM ${tableIn(target, "era_completion")}
     CROSS JOIN (SELECT maxIf(insert_version, status IN ('completed', 'cleaned')) AS settled
       FROM ${tableIn(target, "era_completion")} WHERE era_number = {era:UInt32}) AS last
     WHERE era_number = {era:UInt32}`,
    { params: { era } },
  );
  return Number(row?.attempts ?? 0);
}

/** Which load readers see of each dataset of one era. */
export async function publishedLoads(target: EraDatabase, era: number): Promise<Map<DatasetName, bigint>> {
  const rows = await target.clickhouse.rows<{ dataset: DatasetName; load_id: string }>(
    `SELECT dataset, load_id FROM ${tableIn(target, "era_published")} WHERE era_number = {era:UInt32}`,
    { params: { era } },
  );
  return new Map(rows.map((row) => [row.dataset, BigInt(row.load_id)]));
}

function slotStart({ network }: EraDatabase, era: number): number {
  return era === 0 ? 0 : (era - 1) * network.preset.slotsPerEra;
}

function slotEnd({ network }: EraDatabase, era: number): number {
  return era === 0 ? 0 : era * network.preset.slotsPerEra - 1;
}
