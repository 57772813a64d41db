import { DATASET_NAMES, type DatasetName } from "../decode/index.ts";
import type { EraRange } from "../range.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { viewOf } from "../schema/tables.ts";
import { type EraCondition, type EraState, readEraStates } from "./era-states.ts";

export type EraReport = {
  readonly counts: { readonly [condition in EraCondition]: number };
  /** Rows that readers see, per dataset, within the range. */
  readonly rows: { readonly [dataset in DatasetName]: number };
  readonly totalRows: number;
  readonly fileBytes: number;
  readonly eras: readonly EraState[];
};

/** State per era and rows per dataset. */
export async function eraReport(target: EraDatabase, range: EraRange = { from: 0, to: undefined }): Promise<EraReport> {
  const eras = await readEraStates(target, range);
  const counts = { processing: 0, completed: 0, failed: 0, cleaned: 0, interrupted: 0 };
  for (const era of eras) counts[era.condition]++;
  const rows = await visibleRows(target, range);
  const complete = eras.filter((era) => era.condition === "completed");
  return {
    counts,
    rows,
    totalRows: Object.values(rows).reduce((sum, count) => sum + count, 0),
    fileBytes: complete.reduce((sum, era) => sum + era.fileBytes, 0),
    eras,
  };
}

/** Counted through the views that readers use. */
export async function visibleRows(
  target: EraDatabase,
  range: EraRange,
): Promise<{ readonly [dataset in DatasetName]: number }> {
  const { slotsPerEra } = target.network.preset;
  const first = Math.max(0, range.from - 1) * slotsPerEra;
  const end = range.to === undefined ? undefined : range.to * slotsPerEra;
  // A count of everything is answered from the tables' metadata; a condition on slots has to look at them.
  const whole = first === 0 && end === undefined;
  const where = whole ? "" : `WHERE slot >= {first:UInt64}${end === undefined ? "" : " AND slot < {end:UInt64}"}`;
  const rows = await target.clickhouse.rows<{ dataset: DatasetName; rows: string }>(
    DATASET_NAMES.map(
      (dataset) => `SELECT '${dataset}' AS dataset, count() AS rows FROM ${tableIn(target, viewOf(dataset))} ${where}`,
    ).join("\nUNION ALL "),
    { params: { first, ...(end === undefined ? {} : { end }) } },
  );
  const found = new Map(rows.map((row) => [row.dataset, Number(row.rows)]));
  return Object.fromEntries(DATASET_NAMES.map((dataset) => [dataset, found.get(dataset) ?? 0])) as {
    [dataset in DatasetName]: number;
  };
}
