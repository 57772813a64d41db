import type { DatasetName } from "../decode/index.ts";
import { DATASET_NAMES } from "../decode/index.ts";
import { inParallel } from "../parallel.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { claimEra } from "./lease.ts";
import type { Owner } from "./owner.ts";
import { type Load, TABLES_AT_ONCE } from "./staging.ts";
import { publishedLoads } from "./state-rows.ts";

/**
 * Removes what loads of this era left behind and no reader sees: staging tables, and partitions of loads that were never
 * committed or were replaced. Only for the holder of the era's lease. Returns what was removed, for the log.
 */
export async function sweepEra(target: EraDatabase, era: number): Promise<string[]> {
  const [staging, partitions] = await Promise.all([stagingTables(target, era), partitionsOf(target, era)]);
  const published = partitions.length === 0 ? new Map() : await publishedLoads(target, era);
  const hidden = partitions.filter(({ table, loadId }) => published.get(table) !== loadId);
  await dropAll(target, staging, hidden);
  return [
    ...staging.map((table) => `staging table ${table}`),
    ...hidden.map(({ table, loadId }) => `load ${loadId} of ${table}`),
  ];
}

/**
 * Removes what killed loaders left in any era, also in eras that are complete. Eras that somebody works on are left alone.
 * Costs two small queries where there is nothing to remove.
 */
export async function sweepLeftovers(target: EraDatabase, owner: Owner): Promise<string[]> {
  const removed: string[] = [];
  for (const era of await erasWithLeftovers(target)) {
    const claimed = await claimEra(target, era, owner, undefined, 1);
    if (claimed.kind === "taken") continue;
    try {
      removed.push(...(await sweepEra(target, era)));
    } finally {
      await claimed.lease.release();
    }
  }
  return removed;
}

/** What the tables hold of all eras, apart by whether readers see it. From the tables' metadata, without reading rows. */
export async function allPartitions(
  target: EraDatabase,
): Promise<{ readonly seen: readonly LoadPartition[]; readonly hidden: readonly LoadPartition[] }> {
  const rows = await target.clickhouse.rows<{ dataset: DatasetName; load_id: string }>(
    `SELECT dataset, load_id FROM ${tableIn(target, "era_published")}`,
  );
  const published = new Set(rows.map((row) => `${row.dataset} ${row.load_id}`));
  const isSeen = ({ table, loadId }: LoadPartition) => published.has(`${table} ${loadId}`);
  const partitions = await partitionsOf(target, undefined);
  return { seen: partitions.filter(isSeen), hidden: partitions.filter((partition) => !isSeen(partition)) };
}

async function erasWithLeftovers(target: EraDatabase): Promise<number[]> {
  const staging = (await stagingTables(target, undefined)).map((table) => Number(table.split("_")[1]));
  const { hidden } = await allPartitions(target);
  return [...new Set([...staging, ...hidden.map(({ era }) => era)])].toSorted((a, b) => a - b);
}

/** Removes what one load brought, staged and published. Only for a load that was not committed. */
export async function removeLoad({ target, era, loadId }: Load): Promise<void> {
  const staging = (await stagingTables(target, era)).filter((table) => table.startsWith(`stg_${era}_${loadId}_`));
  const partitions = (await partitionsOf(target, era)).filter((found) => found.loadId === loadId);
  await dropAll(target, staging, partitions);
}

async function dropAll(target: EraDatabase, staging: readonly string[], partitions: readonly LoadPartition[]) {
  const { clickhouse } = target;
  await inParallel(partitions, TABLES_AT_ONCE, ({ table, partition }) =>
    clickhouse.command(`ALTER TABLE ${tableIn(target, table)} DROP PARTITION ID '${partition}'`),
  );
  await inParallel(staging, TABLES_AT_ONCE, (table) =>
    clickhouse.command(`DROP TABLE IF EXISTS ${tableIn(target, table)}`),
  );
}

/** All staging tables of an era, of whatever load. `era` undefined: of all eras. Tables of others are never among them. */
export async function stagingTables(target: EraDatabase, era: number | undefined): Promise<string[]> {
  const pattern = `^stg_${era ?? "[0-9]+"}_[0-9]{15,20}_[a-z_]+$`;
  const rows = await target.clickhouse.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database:String} AND match(name, {pattern:String})",
    { params: { database: target.database, pattern } },
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
