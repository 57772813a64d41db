import type { NativeChunk } from "../decode/index.ts";
import { DATASETS, type DatasetName } from "../decode/index.ts";
import { Gate } from "../download/gate.ts";
import { fail } from "../failed.ts";
import { inParallel } from "../parallel.ts";
import { type EraDatabase, tableIn } from "../schema/era-database.ts";
import { partitionId } from "../schema/tables.ts";
import { splitBlock } from "./split-block.ts";

/** Where one load of one era is put together, out of everybody's sight. */
export type Load = { readonly target: EraDatabase; readonly era: number; readonly loadId: bigint };

export function stagingTable({ era, loadId }: Load, dataset: DatasetName): string {
  return `stg_${era}_${loadId}_${dataset}`;
}

/** ClickHouse makes, moves and drops small tables faster when it may do a few at once. */
export const TABLES_AT_ONCE = 4;

/** The staging tables of one load; they are made while the first blocks are decoded. */
export class Staging {
  readonly #load: Load;
  readonly #made = new Map<DatasetName, Promise<void>>();
  readonly #inserting = new Set<Promise<void>>();
  readonly #failed = new AbortController();

  constructor(load: Load, datasets: readonly DatasetName[]) {
    this.#load = load;
    const makers = new Gate(TABLES_AT_ONCE);
    for (const dataset of datasets) {
      const made = makers.run(() => createStaging(load, dataset));
      made.catch(() => {}); // whoever waits for it hears of it
      this.#made.set(dataset, made);
    }
  }

  /** Inserts one Native block, in pieces where rows per insert are limited. The first that fails ends the others. */
  async add(chunk: NativeChunk, signal: AbortSignal, maxRows = Number.POSITIVE_INFINITY): Promise<void> {
    const inserting = this.#add(chunk, AbortSignal.any([signal, this.#failed.signal]), maxRows);
    this.#inserting.add(inserting);
    try {
      await inserting;
    } catch (error) {
      this.#failed.abort(error);
      throw error;
    } finally {
      this.#inserting.delete(inserting);
    }
  }

  async #add(chunk: NativeChunk, signal: AbortSignal, maxRows: number): Promise<void> {
    const { dataset, chunk: number } = chunk;
    await this.#made.get(dataset);
    if (chunk.rows <= maxRows) return this.#insert(dataset, chunk.parts, `${number}`, signal);
    for (const [index, parts] of splitBlock(chunk.native, maxRows).entries()) {
      await this.#insert(dataset, parts, `${number}.${index}`, signal);
    }
  }

  async #insert(
    dataset: DatasetName,
    parts: readonly Uint8Array[],
    number: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { target, era, loadId } = this.#load;
    const columns = DATASETS.find(({ name }) => name === dataset)!.columns.map(({ name }) => name);
    await target.clickhouse.insertNative({
      database: target.database,
      table: stagingTable(this.#load, dataset),
      columns: ["load_id", ...columns],
      token: `${target.network.name}:${era}:${dataset}:${loadId}:${number}`,
      parts,
      signal,
    });
  }

  /** All tables are there: from here on they can be removed. */
  async ready(): Promise<void> {
    await Promise.all(this.#made.values());
  }

  /** Nobody is making tables or inserting any more, whether it went well or not. */
  async quiet(): Promise<void> {
    await Promise.allSettled([...this.#made.values(), ...this.#inserting]);
  }
}

/**
 * The same as the table it is made after, but for what only costs time in a table that lives for seconds: parts of few
 * files, of which only small ones are merged (so that many small inserts do not reach the limit of parts). Once published
 * they are parts like any others, and the table merges them by its own settings.
 */
async function createStaging(load: Load, dataset: DatasetName): Promise<void> {
  const { target } = load;
  const table = tableIn(target, stagingTable(load, dataset));
  await target.clickhouse.command(`CREATE TABLE IF NOT EXISTS ${table} AS ${tableIn(target, dataset)}`);
  const settings = Object.entries(STAGING_SETTINGS).map(([name, value]) => `${name} = ${value}`);
  await target.clickhouse.command(`ALTER TABLE ${table} MODIFY SETTING ${settings.join(", ")}`);
}

const MIB = 2 ** 20;
const STAGING_SETTINGS: { readonly [name: string]: number } = {
  max_bytes_to_merge_at_max_space_in_pool: 4 * MIB,
  max_bytes_to_merge_at_min_space_in_pool: 4 * MIB,
  min_bytes_for_wide_part: 1024 * MIB,
};

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
  const filled = Object.entries(rows).filter(([, count]) => count > 0) as [DatasetName, number][];
  await inParallel(filled, TABLES_AT_ONCE, async ([dataset]) => {
    const [table, staging] = [tableIn(target, dataset), tableIn(target, stagingTable(load, dataset))];
    const partition = partitionId(era, loadId);
    await target.clickhouse.command(`ALTER TABLE ${table} REPLACE PARTITION ID '${partition}' FROM ${staging}`);
    step();
  });
}
