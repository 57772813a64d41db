import type { DatasetName } from "../decode/index.ts";
import { DATASET_NAMES } from "../decode/index.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import type { Load } from "./staging.ts";
import { publishedLoads } from "./state-rows.ts";

/**
 * Removes what loads of this era left behind and no reader sees: staging tables, and partitions of loads that were never
 * committed or were replaced. Only for the holder of the era's lease. Returns what was removed, for the log.
 */
export async function sweepEra(target: EraDatabase, era: number): Promise<string[]> {
  const removed: string[] = [];
  for (const table of await stagingTables(target, era)) {
    await target.clickhouse.command(`DROP TABLE IF EXISTS ${tableIn(target, table)} SYNC`);
    removed.push(`staging table ${table}`);
  }
  const published = await publishedLoads(target, era);
  for (const { table, partition, loadId } of await partitionsOf(target, era)) {
    if (published.get(table) === loadId) continue;
    await target.clickhouse.command(`ALTER TABLE ${tableIn(target, table)} DROP PARTITION ID '${partition}'`);
    removed.push(`load ${loadId} of ${table}`);
  }
  return removed;
}

/** Removes what one load brought, staged and published. Only for a load that was not committed. */
export async function removeLoad({ target, era, loadId }: Load): Promise<void> {
  for (const table of await stagingTables(target, era)) {
    if (!table.startsWith(`stg_${era}_${loadId}_`)) continue;
    await target.clickhouse.command(`DROP TABLE IF EXISTS ${tableIn(target, table)} SYNC`);
  }
  for (const found of await partitionsOf(target, era)) {
    if (found.loadId !== loadId) continue;
    await target.clickhouse.command(
      `ALTER TABLE ${tableIn(target, found.table)} DROP PARTITION ID '${found.partition}'`,
    );
  }
}

/** All staging tables of an era, of whatever load. `era` undefined: of all eras. */
export async function stagingTables(target: EraDatabase, era: number | undefined): Promise<string[]> {
  const rows = await target.clickhouse.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database:String} AND startsWith(name, {prefix:String})",
    { params: { database: target.database, prefix: era === undefined ? "stg_" : `stg_${era}_` } },
  );
  return rows.map(({ name }) => name);
}

export type LoadPartition = {
  readonly table: DatasetName;
  readonly era: number;
  readonly loadId: bigint;
  readonly partition: string;
  readonly parts: number;
  readonly rows: number;
};

/** What the tables hold, load by load. `era` undefined: of all eras. */
export async function partitionsOf(target: EraDatabase, era: number | undefined): Promise<LoadPartition[]> {
  const rows = await target.clickhouse.rows<{ table: DatasetName; partition_id: string; parts: string; rows: string }>(
    `SELECT table, partition_id, count() AS parts, sum(rows) AS rows FROM system.parts
     WHERE database = {database:String} AND active AND table IN ({tables:Array(String)})
       ${era === undefined ? "" : "AND startsWith(partition_id, {prefix:String})"}
     GROUP BY table, partition_id ORDER BY table, partition_id`,
    {
      params: {
        database: target.database,
        tables: DATASET_NAMES,
        ...(era === undefined ? {} : { prefix: `${era - 1}-` }),
      },
    },
  );
  return rows.map(({ table, partition_id, parts, rows: count }) => {
    const [slotGroup, loadId] = partition_id.split("-") as [string, string];
    const load = { table, partition: partition_id, era: Number(slotGroup) + 1, loadId: BigInt(loadId) };
    return { ...load, parts: Number(parts), rows: Number(count) };
  });
}
