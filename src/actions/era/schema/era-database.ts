import type { Network } from "../../../lib/beacon/network.ts";
import { type ClickHouse, quoteName } from "../clickhouse/clickhouse.ts";
import type { ValueMode } from "../decode/index.ts";
import { fail } from "../failed.ts";

/** One database of era data: it belongs to one network and one way of deriving values, for ever. */
export type EraDatabase = {
  readonly clickhouse: ClickHouse;
  readonly database: string;
  readonly network: Network;
  readonly values: ValueMode;
};

/** `beacon_mainnet`, and `beacon_mainnet_compat` for the values of era-parser. */
export function defaultDatabase(network: string, values: ValueMode): string {
  const name = network.replace(/[^A-Za-z0-9_]/g, "_");
  return `beacon_${name}${values === "era-parser" ? "_compat" : ""}`;
}

/** @throws Failed `era-database-name` */
export function demandDatabaseName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) && !/^(system|information_schema)$/i.test(name)) return name;
  const hint = "use letters, digits and underscores, and begin with a letter; default is beacon_<network>";
  throw fail("era-database-name", `"${name}" cannot be the database`, { hint, retryable: false });
}

/** `` `db`.`table` `` */
export function tableIn({ database }: Pick<EraDatabase, "database">, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** Which network and values the tables hold; undefined when there are no tables of ours. */
export async function readBinding(
  target: Pick<EraDatabase, "clickhouse" | "database">,
): Promise<{ network: string; slotsPerEra: number; values: ValueMode } | undefined> {
  const { clickhouse, database } = target;
  const tables = await clickhouse.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database:String} AND name IN ('era_database', 'blocks')",
    { params: { database } },
  );
  const names = tables.map(({ name }) => name);
  if (!names.includes("era_database")) {
    if (names.includes("blocks")) throw foreign(database);
    return undefined;
  }
  const [row] = await clickhouse.rows<{ network: string; slots_per_era: string | number; value_mode: ValueMode }>(
    `SELECT network, slots_per_era, value_mode FROM ${tableIn(target, "era_database")} ORDER BY created_at LIMIT 1`,
  );
  return row === undefined
    ? undefined
    : { network: row.network, slotsPerEra: Number(row.slots_per_era), values: row.value_mode };
}

/** @throws Failed when the database belongs to another network or holds other values */
export async function demandBinding(target: EraDatabase): Promise<void> {
  const bound = await readBinding(target);
  if (bound === undefined) return;
  const { database, network, values } = target;
  if (bound.network !== network.name) {
    const hint = `one database holds one network: use --database ${defaultDatabase(network.name, values)}, or leave --database away`;
    const message = `the database ${database} holds the network ${bound.network}, not ${network.name}`;
    throw fail("era-database-network", message, { hint, retryable: false });
  }
  if (bound.values !== values) {
    const hint = `one database holds one kind of values: use --database ${defaultDatabase(network.name, values)}, or ${values === "exact" ? "add" : "remove"} --compat`;
    const message = `the database ${database} holds ${bound.values} values, not ${values} ones`;
    throw fail("era-database-values", message, { hint, retryable: false });
  }
}

function foreign(database: string): Error {
  const message = `the database ${database} has tables of another tool (a table blocks, and no era_database)`;
  const hint = "its layout differs and it is left alone: name another one with --database, and load the eras into it";
  return fail("era-database-foreign", message, { hint, retryable: false });
}
