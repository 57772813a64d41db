import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quoteName } from "../../../src/actions/era/clickhouse/clickhouse.ts";
import { DATASETS } from "../../../src/actions/era/decode/index.ts";
import { type EraDatabase, tableIn } from "../../../src/actions/era/schema/era-database.ts";
import { migrateDown, migrateUp, migrationStates } from "../../../src/actions/era/schema/migrate.ts";
import { chdbIsInstalled } from "../../../src/lib/chdb/chdb-engine.ts";
import { devnet } from "./rig/devnet.ts";
import { type LoadingRig, startLoadingRig } from "./rig/loading.ts";

describe.skipIf(!chdbIsInstalled())("the schema of era data (skipped without the optional package chdb)", () => {
  let rig: LoadingRig;

  beforeAll(async () => {
    rig = await startLoadingRig();
  });

  afterAll(() => rig?.close());

  it("has the fifteen documented tables, with the documented columns for readers", async () => {
    const target = await rig.database("columns");
    for (const { name, columns, orderBy } of DATASETS) {
      expect([name, await columnsOf(target, `v_${name}`)]).toEqual([name, columns.map((column) => column.name)]);
      const own = await columnsOf(target, name);
      expect([name, own]).toEqual([name, ["load_id", ...columns.map((column) => column.name), "insert_version"]]);
      const [table] = await target.clickhouse.rows<{ sorting_key: string; engine: string }>(
        "SELECT sorting_key, engine FROM system.tables WHERE database = {d:String} AND name = {t:String}",
        { params: { d: "columns", t: name } },
      );
      expect(table).toEqual({
        sorting_key: orderBy.length > 1 ? orderBy.join(", ") : `(${orderBy[0]})`,
        engine: "ReplacingMergeTree",
      });
    }
    expect(await columnsOf(target, "era_completion")).toEqual(
      expect.arrayContaining([
        ...["network", "era_number", "status", "slot_start", "slot_end", "total_records", "datasets_processed"],
        ...["processing_started_at", "completed_at", "error_message", "retry_count", "insert_version"],
      ]),
    );
    expect(await columnsOf(target, "era_status")).toContain("dataset_count");
    expect(await columnsOf(target, "schema_migrations")).toEqual(
      expect.arrayContaining(["version", "name", "applied_at", "checksum"]),
    );
  });

  it("goes up and down step by step, and the ledger says where it is", async () => {
    const target: EraDatabase = { clickhouse: rig.clickhouse, database: "steps", network: devnet(), values: "exact" };
    expect(await migrateUp(target, "002")).toEqual(["001", "002"]);
    expect(await states(target)).toEqual(["applied", "applied", "pending"]);
    expect(await migrateUp(target)).toEqual(["003"]);
    expect(await migrateUp(target)).toEqual([]);
    expect(await migrateDown(target)).toEqual(["003"]);
    expect(await states(target)).toEqual(["applied", "applied", "pending"]);
    expect(await migrateDown(target, "000")).toEqual(["002", "001"]);
    expect(await tablesOf("steps")).toEqual(["schema_migrations"]);
    expect(await migrateUp(target)).toEqual(["001", "002", "003"]);
  });

  it("can be made by two loaders at once", async () => {
    const target: EraDatabase = { clickhouse: rig.clickhouse, database: "twice", network: devnet(), values: "exact" };
    await Promise.all([migrateUp(target), migrateUp(target)]);
    expect(await states(target)).toEqual(["applied", "applied", "applied"]);
  });

  it("is finished after a migration that broke off in the middle", async () => {
    const target: EraDatabase = {
      clickhouse: rig.clickhouse,
      database: "broken_off",
      network: devnet(),
      values: "exact",
    };
    const does = { kind: "exception", code: 497, message: "no. (ACCESS_DENIED)" } as const;
    await rig.server.faults([{ query: "CREATE TABLE .*withdrawals", does }]);
    await expect(migrateUp(target)).rejects.toMatchObject({ failure: { code: "clickhouse-access" } });
    expect(await migrateUp(target)).toEqual(["001", "002", "003"]);
  });

  it("refuses a ledger that it does not know, and tables of another tool", async () => {
    const target = await rig.database("newer");
    const ledger = tableIn(target, "schema_migrations");
    await target.clickhouse.command(`INSERT INTO ${ledger} (version, name) SELECT '099', 'from the future'`);
    await expect(migrateUp(target)).rejects.toMatchObject({ failure: { code: "era-schema-newer" } });
    const drifted = await rig.database("drifted");
    await drifted.clickhouse.command(
      `INSERT INTO ${tableIn(drifted, "schema_migrations")} (version, name, checksum) SELECT '002', 'era completion', 'ffff'`,
    );
    await expect(migrationStates(drifted)).rejects.toMatchObject({ failure: { code: "era-schema-drift" } });
    const foreign: EraDatabase = {
      clickhouse: rig.clickhouse,
      database: "foreign",
      network: devnet(),
      values: "exact",
    };
    await rig.clickhouse.command("CREATE DATABASE foreign");
    await rig.clickhouse.command("CREATE TABLE foreign.blocks (slot UInt64) ENGINE = MergeTree ORDER BY slot");
    await expect(migrateUp(foreign)).rejects.toMatchObject({
      failure: { code: "era-database-foreign", retryable: false },
    });
    expect(await tablesOf("foreign")).toEqual(["blocks"]);
  });

  async function states(target: EraDatabase): Promise<string[]> {
    return (await migrationStates(target)).map(({ state }) => state);
  }

  async function columnsOf(target: EraDatabase, table: string): Promise<string[]> {
    const rows = await target.clickhouse.rows<{ name: string }>(
      `DESCRIBE TABLE ${quoteName(target.database)}.${quoteName(table)}`,
    );
    return rows.map(({ name }) => name);
  }

  async function tablesOf(database: string): Promise<string[]> {
    const sql = "SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name";
    const rows = await rig.clickhouse.rows<{ name: string }>(sql, { params: { database } });
    return rows.map(({ name }) => name);
  }
});
