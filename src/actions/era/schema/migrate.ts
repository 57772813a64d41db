import { quoteName } from "../clickhouse/clickhouse.ts";
import { fail } from "../failed.ts";
import { demandBinding, type EraDatabase, tableIn } from "./era-database.ts";
import { checksumOf, MIGRATIONS, type Migration } from "./migrations.ts";

export type MigrationState = {
  readonly version: string;
  readonly name: string;
  readonly state: "applied" | "pending";
  /** UTC, `YYYY-MM-DD hh:mm:ss`. */
  readonly appliedAt: string | undefined;
};

/** What the ledger says about every migration that this program knows. @throws Failed when it is newer than us */
export async function migrationStates(target: EraDatabase): Promise<MigrationState[]> {
  await demandBinding(target);
  const applied = await readLedger(target);
  const unknown = [...applied.keys()].find((version) => !MIGRATIONS.some((known) => known.version === version));
  if (unknown !== undefined) {
    const message = `the database ${target.database} has migration ${unknown}, which this version of runsheet does not know`;
    throw fail("era-schema-newer", message, { hint: "use the newer version that made it", retryable: false });
  }
  for (const migration of MIGRATIONS) {
    const entry = applied.get(migration.version);
    if (entry !== undefined && entry.checksum !== checksumOf(migration, target)) throw drifted(target, migration);
  }
  return MIGRATIONS.map(({ version, name }) => {
    const entry = applied.get(version);
    return { version, name, state: entry === undefined ? "pending" : "applied", appliedAt: entry?.appliedAt };
  });
}

/** Applies what is pending, up to and including `to`. Returns the versions that were applied now. */
export async function migrateUp(target: EraDatabase, to?: string): Promise<string[]> {
  const { clickhouse, database } = target;
  // Asked first: whoever may not create databases may still use one that is there.
  const there = await clickhouse.rows("SELECT 1 FROM system.databases WHERE name = {database:String}", {
    params: { database },
  });
  if (there.length === 0) await clickhouse.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`);
  const states = await migrationStates(target);
  demandKnown(to);
  const pending = MIGRATIONS.filter(({ version }) => isPending(states, version) && (to === undefined || version <= to));
  if (pending.length === 0) return [];
  await clickhouse.command(createLedger(target));
  for (const migration of pending) {
    for (const statement of migration.up(target)) await clickhouse.command(statement);
    if (migration.version === "001") await bind(target);
    await record(target, migration, "up");
  }
  return pending.map(({ version }) => version);
}

/** Takes back everything above `to` (undefined: the last one applied), newest first. The data in it is lost. */
export async function migrateDown(target: EraDatabase, to?: string): Promise<string[]> {
  const states = await migrationStates(target);
  if (to !== "000") demandKnown(to);
  const applied = MIGRATIONS.filter(({ version }) => !isPending(states, version)).toReversed();
  const undone = to === undefined ? applied.slice(0, 1) : applied.filter(({ version }) => version > to);
  for (const migration of undone) {
    for (const statement of migration.down(target)) await target.clickhouse.command(statement);
    await record(target, migration, "down");
  }
  return undone.map(({ version }) => version);
}

function isPending(states: readonly MigrationState[], version: string): boolean {
  return states.some((state) => state.version === version && state.state === "pending");
}

function demandKnown(version: string | undefined): void {
  if (version === undefined || MIGRATIONS.some((known) => known.version === version)) return;
  const hint = `known are ${MIGRATIONS.map((known) => known.version).join(", ")}`;
  throw fail("era-schema-version", `there is no migration ${version}`, { hint, retryable: false });
}

type LedgerEntry = { readonly appliedAt: string; readonly checksum: string };

async function readLedger(target: EraDatabase): Promise<Map<string, LedgerEntry>> {
  const exists = await target.clickhouse.rows(
    "SELECT 1 FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { params: { database: target.database } },
  );
  if (exists.length === 0) return new Map();
  const rows = await target.clickhouse.rows<{ version: string; applied: string; checksum: string }>(
    `SELECT version, formatDateTime(max(applied_at), '%F %T') AS applied, argMax(checksum, applied_at) AS checksum
     FROM ${tableIn(target, "schema_migrations")} GROUP BY version
     HAVING argMax(direction, applied_at) = 'up' ORDER BY version`,
  );
  return new Map(rows.map((row) => [row.version, { appliedAt: row.applied, checksum: row.checksum }]));
}

function createLedger(target: EraDatabase): string {
  return `CREATE TABLE IF NOT EXISTS ${tableIn(target, "schema_migrations")} (
  version String,
  name String,
  applied_at DateTime64(6, 'UTC') DEFAULT now64(6),
  checksum String DEFAULT '',
  direction Enum8('up' = 1, 'down' = -1) DEFAULT 'up'
) ENGINE = MergeTree ORDER BY (version, applied_at)`;
}

async function record(target: EraDatabase, migration: Migration, direction: "up" | "down"): Promise<void> {
  const { version, name } = migration;
  await target.clickhouse.command(
    `INSERT INTO ${tableIn(target, "schema_migrations")} (version, name, checksum, direction)
     SELECT {version:String}, {name:String}, {checksum:String}, {direction:String}`,
    { params: { version, name, checksum: checksumOf(migration, target), direction } },
  );
}

/** Once: the first row stands, also when two processes came at the same time. */
async function bind(target: EraDatabase): Promise<void> {
  const { network, values } = target;
  await target.clickhouse.command(
    `INSERT INTO ${tableIn(target, "era_database")} (network, slots_per_era, value_mode)
     SELECT {network:String}, {slots:UInt32}, {values:String}`,
    { params: { network: network.name, slots: network.preset.slotsPerEra, values } },
  );
  await demandBinding(target);
}

function drifted(target: EraDatabase, { version, name }: Migration): Error {
  const message = `migration ${version} (${name}) of the database ${target.database} is not the one that this version knows`;
  const hint = "somebody changed the ledger, or another version made the tables: load into a new --database";
  return fail("era-schema-drift", message, { hint, retryable: false });
}
