import type { DatasetName } from "../decode/index.ts";
import { livingClaims } from "../load/lease.ts";
import type { EraStatus } from "../load/state-rows.ts";
import type { EraRange } from "../range.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";

/** `interrupted`: began, was never finished, and nobody works on it now. */
export type EraCondition = EraStatus | "interrupted";

/** What is known about one era. */
export type EraState = {
  readonly era: number;
  readonly condition: EraCondition;
  /** Datasets whose rows readers see, of this or an earlier load. */
  readonly visible: readonly DatasetName[];
  readonly rows: { readonly [dataset: string]: number };
  readonly totalRows: number;
  readonly attempt: number;
  readonly error: string;
  readonly fileName: string;
  readonly fileBytes: number;
  readonly root: string;
  readonly source: string;
  readonly stateChecked: boolean;
  readonly durationMs: number;
  /** UTC, `YYYY-MM-DD hh:mm:ss`. */
  readonly at: string;
  /** Who works on it now. */
  readonly worker: string | undefined;
};

/** The latest state of every era in the range that has one, ascending. */
export async function readEraStates(
  target: EraDatabase,
  range: EraRange = { from: 0, to: undefined },
): Promise<EraState[]> {
  const { clickhouse } = target;
  const params = { from: range.from, to: range.to ?? 0xffff_ffff };
  const within = "era_number BETWEEN {from:UInt32} AND {to:UInt32}";
  const states = await clickhouse.rows<StatusRow>(
    `SELECT era_number, status, total_records, attempt, error_message, dataset_rows, file_name, file_size, root, source,
       state_checked, duration_ms, formatDateTime(completed_at, '%F %T') AS at
     FROM ${tableIn(target, "era_status")} WHERE ${within} ORDER BY era_number`,
    { params },
  );
  const published = await clickhouse.rows<{ era_number: string | number; datasets: DatasetName[] }>(
    `SELECT era_number, groupArray(dataset) AS datasets FROM ${tableIn(target, "era_published")}
     WHERE ${within} GROUP BY era_number`,
    { params },
  );
  const visible = new Map(published.map((row) => [Number(row.era_number), row.datasets]));
  const workers = await livingClaims(target);
  return states.map((row) =>
    toState(row, visible.get(Number(row.era_number)) ?? [], workers.get(Number(row.era_number))),
  );
}

type StatusRow = {
  readonly era_number: number | string;
  readonly status: EraStatus;
  readonly total_records: string;
  readonly attempt: number | string;
  readonly error_message: string;
  readonly dataset_rows: { readonly [dataset: string]: string };
  readonly file_name: string;
  readonly file_size: string;
  readonly root: string;
  readonly source: string;
  readonly state_checked: boolean;
  readonly duration_ms: string;
  readonly at: string;
};

function toState(row: StatusRow, visible: readonly DatasetName[], worker: string | undefined): EraState {
  return {
    era: Number(row.era_number),
    condition: row.status === "processing" && worker === undefined ? "interrupted" : row.status,
    visible,
    rows: Object.fromEntries(Object.entries(row.dataset_rows).map(([name, count]) => [name, Number(count)])),
    totalRows: Number(row.total_records),
    attempt: Number(row.attempt),
    error: row.error_message,
    fileName: row.file_name,
    fileBytes: Number(row.file_size),
    root: row.root,
    source: row.source,
    stateChecked: row.state_checked,
    durationMs: Number(row.duration_ms),
    at: row.at,
    worker,
  };
}
