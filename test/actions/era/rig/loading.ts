import { join } from "node:path";
import type { ClickHouse } from "../../../../src/actions/era/clickhouse/clickhouse.ts";
import { openClickHouse } from "../../../../src/actions/era/clickhouse/open-clickhouse.ts";
import { DATASET_NAMES, type DatasetName, type ValueMode } from "../../../../src/actions/era/decode/index.ts";
import { Gate } from "../../../../src/actions/era/download/gate.ts";
import { makeOwner } from "../../../../src/actions/era/load/owner.ts";
import type { EraResult, ProcessOptions } from "../../../../src/actions/era/pipeline/process-era.ts";
import { processEras } from "../../../../src/actions/era/pipeline/process-eras.ts";
import { type EraDatabase, tableIn } from "../../../../src/actions/era/schema/era-database.ts";
import { migrateUp } from "../../../../src/actions/era/schema/migrate.ts";
import { viewOf } from "../../../../src/actions/era/schema/tables.ts";
import { directorySource } from "../../../../src/actions/era/source/directory-source.ts";
import { checkEra } from "../../../../src/actions/era/state/check.ts";
import { type LabClickHouse, startClickHouse } from "../../../../src/lab/clickhouse/start.ts";
import type { Network } from "../../../../src/lib/beacon/network.ts";
import { temporaryDirectory } from "../../context.ts";
import { devnet } from "./devnet.ts";

export type LoadingRig = {
  /** A directory for files. */
  readonly home: string;
  readonly server: LabClickHouse;
  readonly clickhouse: ClickHouse;
  /** What the client said about retries. */
  readonly said: string[];
  /** A database of its own, with its schema. */
  database(name: string, more?: { readonly network?: Network; readonly values?: ValueMode }): Promise<EraDatabase>;
  close(): Promise<void>;
};

/** A ClickHouse over HTTP in a process of its own, and a place for era files. */
export async function startLoadingRig(): Promise<LoadingRig> {
  const directory = await temporaryDirectory();
  const server = await startClickHouse({ dataDir: join(directory.path, "clickhouse") });
  const said: string[] = [];
  const access = { kind: "http", url: server.url, user: "default", password: "" } as const;
  const clickhouse = await openClickHouse(access, (line) => said.push(line));
  return {
    home: directory.path,
    server,
    clickhouse,
    said,
    async database(name, more = {}) {
      const target = { clickhouse, database: name, network: more.network ?? devnet(), values: more.values ?? "exact" };
      await migrateUp(target);
      return target;
    },
    async close() {
      await clickhouse.close();
      await server.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Loads all era files of a directory; what each era came to. */
export async function loadDirectory(
  target: EraDatabase,
  directory: string,
  more: Partial<ProcessOptions> = {},
): Promise<readonly EraResult[]> {
  const source = directorySource(directory);
  const { files } = await source.list({ network: target.network.name, range: { from: 0, to: undefined } });
  const download = { directory, skipState: false, retries: { attempts: 1, baseMs: 1, maxMs: 1 }, gate: new Gate(1) };
  const summary = await processEras(files, {
    source,
    target,
    datasets: DATASET_NAMES,
    force: false,
    download: { ...download, inPlace: true },
    cleanUp: false,
    jobs: 1,
    workers: 0,
    owner: makeOwner(),
    ...more,
  });
  return summary.eras;
}

/** `loaded`, `already`, or what failed. */
export function kinds(results: readonly EraResult[]): string[] {
  return results.map((result) => (result.kind === "failed" ? `failed: ${result.failure.code}` : result.kind));
}

/** A hash of what readers see per dataset, whatever load brought it. */
export async function contentHashes(target: EraDatabase, eras: readonly number[]): Promise<{ [era: number]: unknown }> {
  const hashes: { [era: number]: unknown } = {};
  for (const era of eras) {
    const { verdict, hashes: found, rows } = await checkEra(target, era, DATASET_NAMES, { hashes: true });
    hashes[era] = { verdict, found, rows };
  }
  return hashes;
}

export async function seenRows(target: EraDatabase, dataset: DatasetName, where = "1"): Promise<number> {
  const sql = `SELECT count() AS n FROM ${tableIn(target, viewOf(dataset))} WHERE ${where}`;
  return Number((await target.clickhouse.rows<{ n: string }>(sql))[0]!.n);
}

/** Everything in the tables, also what no reader sees. */
export async function storedRows(target: EraDatabase, dataset: DatasetName): Promise<number> {
  const sql = `SELECT count() AS n FROM ${tableIn(target, dataset)}`;
  return Number((await target.clickhouse.rows<{ n: string }>(sql))[0]!.n);
}

export async function stagingTablesOf(target: EraDatabase): Promise<string[]> {
  const sql = "SELECT name FROM system.tables WHERE database = {database:String} AND name LIKE 'stg%'";
  const rows = await target.clickhouse.rows<{ name: string }>(sql, { params: { database: target.database } });
  return rows.map(({ name }) => name);
}
