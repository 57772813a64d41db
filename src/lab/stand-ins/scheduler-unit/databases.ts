import { randomBytes } from "node:crypto";
import { connectPostgres } from "../postgres/client.ts";
import { startPostgresFront } from "../postgres/front.ts";

/** One database per unit, gone with the lab. */
export type UnitDatabases = {
  readonly kind: "postgres" | "sqlite";
  url(unit: string): string;
  close(): Promise<void>;
};

/** Databases in a real server when one is given (`postgres://user:password@host:port/postgres`), else SQLite behind its protocol. */
export async function openDatabases(
  dir: string,
  units: readonly string[],
  serverUrl: string | undefined,
): Promise<UnitDatabases> {
  if (serverUrl !== undefined) return inServer(units, serverUrl);
  const front = await startPostgresFront(dir, randomBytes(12).toString("hex"));
  return { kind: "sqlite", url: (unit) => front.url(nameOf(unit)), close: front.close };
}

async function inServer(units: readonly string[], serverUrl: string): Promise<UnitDatabases> {
  // Names of this lab's own: several labs may use one server.
  const suffix = randomBytes(4).toString("hex");
  const named = (unit: string) => `${nameOf(unit)}_${suffix}`;
  const each = async (statement: (database: string) => string) => {
    const client = await connectPostgres(serverUrl);
    for (const unit of units) await client.query(statement(named(unit)));
    await client.end();
  };
  await each((database) => `CREATE DATABASE ${database}`);
  return {
    kind: "postgres",
    url: (unit) => new URL(`/${named(unit)}`, serverUrl).href,
    close: () => each((database) => `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

function nameOf(unit: string): string {
  return `su_${unit.replaceAll("-", "_")}`;
}
