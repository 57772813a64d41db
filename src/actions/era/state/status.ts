import { DATASET_NAMES, type DatasetName } from "../decode/index.ts";
import { allPartitions } from "../load/sweep.ts";
import { type EraRange, isInRange } from "../range.ts";
import type { EraDatabase } from "../schema/era-database.ts";
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

/** Of the loads that readers see, from the tables' own metadata: quick however long the chain is. */
export async function visibleRows(
  target: EraDatabase,
  range: EraRange,
): Promise<{ readonly [dataset in DatasetName]: number }> {
  const { seen } = await allPartitions(target);
  const counts = Object.fromEntries(DATASET_NAMES.map((dataset) => [dataset, 0])) as {
    [dataset in DatasetName]: number;
  };
  for (const { table, era, rows } of seen) if (isInRange(range, era)) counts[table] += rows;
  return counts;
}
