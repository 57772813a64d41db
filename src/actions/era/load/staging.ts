import type { NativeChunk } from "../decode/index.ts";
import { DATASETS, type DatasetName } from "../decode/index.ts";
import { fail } from "../failed.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { partitionId } from "../schema/tables.ts";

/** Where one load of one era is put together, out of everybody's sight. */
export type Load = { readonly target: EraDatabase; readonly era: number; readonly loadId: bigint };

export function stagingTable({ era, loadId }: Load, dataset: DatasetName): string {
  return `stg_${era}_${loadId}_${dataset}`;
}

/** One Native block into the staging table of its dataset, which is made on first use. */
export async function stageChunk(
  load: Load,
  made: Set<DatasetName>,
  chunk: NativeChunk,
  signal: AbortSignal,
): Promise<void> {
  const { clickhouse, database, network } = load.target;
  const { dataset } = chunk;
  const table = stagingTable(load, dataset);
  if (!made.has(dataset)) {
    const { target } = load;
    await clickhouse.command(`CREATE TABLE IF NOT EXISTS ${tableIn(target, table)} AS ${tableIn(target, dataset)}`, {
      signal,
    });
    made.add(dataset);
  }
  const columns = DATASETS.find(({ name }) => name === dataset)!.columns.map(({ name }) => name);
  await clickhouse.insertNative({
    database,
    table,
    columns: ["load_id", ...columns],
    parts: chunk.parts,
    bytes: chunk.bytes,
    token: `${network.name}:${load.era}:${dataset}:${load.loadId}:${chunk.chunk}`,
    signal,
  });
}

/** @throws Failed `era-count` when a table has not exactly the rows that were decoded */
export async function demandCounts(
  load: Load,
  where: "staged" | "published",
  rows: { readonly [dataset in DatasetName]?: number },
) {
  const expected = Object.entries(rows).filter(([, count]) => count > 0) as [DatasetName, number][];
  if (expected.length === 0) return;
  const { target, loadId } = load;
  const counts = await target.clickhouse.rows<{ dataset: DatasetName; rows: string }>(
    expected
      .map(([dataset]) => {
        const table = where === "staged" ? stagingTable(load, dataset) : dataset;
        return `SELECT '${dataset}' AS dataset, count() AS rows FROM ${tableIn(target, table)} WHERE load_id = {load:UInt64}`;
      })
      .join("\nUNION ALL "),
    { params: { load: loadId } },
  );
  const found = new Map(counts.map((row) => [row.dataset, Number(row.rows)]));
  const wrong = expected.filter(([dataset, count]) => found.get(dataset) !== count);
  if (wrong.length === 0) return;
  const list = wrong.map(([dataset, count]) => `${dataset} ${found.get(dataset) ?? 0} instead of ${count}`).join(", ");
  const hint = "nothing of it was made visible: load the era again";
  throw fail("era-count", `era ${load.era}: wrong number of ${where} rows: ${list}`, { hint });
}

/** Moves the staged rows into the tables: per table at one instant, for readers still invisible. Bears repetition. */
export async function publish(
  load: Load,
  rows: { readonly [dataset in DatasetName]?: number },
  step: () => void,
): Promise<void> {
  const { target, era, loadId } = load;
  for (const [dataset, count] of Object.entries(rows) as [DatasetName, number][]) {
    if (count === 0) continue;
    const [table, staging] = [tableIn(target, dataset), tableIn(target, stagingTable(load, dataset))];
    await target.clickhouse.command(
      `ALTER TABLE ${table} REPLACE PARTITION ID '${partitionId(era, loadId)}' FROM ${staging}`,
    );
    step();
  }
}
