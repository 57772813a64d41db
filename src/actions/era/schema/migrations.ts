import { createHash } from "node:crypto";
import { quoteName } from "../clickhouse/clickhouse.ts";
import { DATASETS } from "../decode/index.ts";
import { type EraDatabase, tableIn } from "./era-database.ts";
import {
  createBindingTable,
  createCompletionTable,
  createDatasetTable,
  createLeaseTable,
  createPublishedView,
  createReaderView,
  createStatusView,
  viewOf,
} from "./tables.ts";

/** One step of the schema. Each statement bears being repeated, because ClickHouse has no transaction around them. */
export type Migration = {
  /** Three digits, ascending without gaps. */
  readonly version: string;
  readonly name: string;
  up(target: EraDatabase): readonly string[];
  /** Takes back what `up` made, with the data in it. */
  down(target: EraDatabase): readonly string[];
};

export const MIGRATIONS: readonly Migration[] = [
  {
    version: "001",
    name: "beacon chain tables",
    up: (target) => [createBindingTable(target), ...DATASETS.map((dataset) => createDatasetTable(target, dataset))],
    down: (target) => [
      ...DATASETS.map(({ name }) => `DROP TABLE IF EXISTS ${tableIn(target, name)} SYNC`),
      `DROP TABLE IF EXISTS ${tableIn(target, "era_database")} SYNC`,
    ],
  },
  {
    version: "002",
    name: "era completion",
    up: (target) => [
      createCompletionTable(target),
      createLeaseTable(target),
      createStatusView(target),
      createPublishedView(target),
    ],
    down: (target) => [
      ...["era_published", "era_status"].map((name) => `DROP VIEW IF EXISTS ${tableIn(target, name)} SYNC`),
      ...["era_lease", "era_completion"].map((name) => `DROP TABLE IF EXISTS ${tableIn(target, name)} SYNC`),
    ],
  },
  {
    version: "003",
    name: "reader views",
    up: (target) => DATASETS.map((dataset) => createReaderView(target, dataset)),
    down: (target) => DATASETS.map(({ name }) => `DROP VIEW IF EXISTS ${tableIn(target, viewOf(name))} SYNC`),
  },
];

/** Tells whether a migration that was carried out is still the one that this program knows. */
export function checksumOf(migration: Migration, target: EraDatabase): string {
  const statements = [...migration.up(target), ...migration.down(target)].join("\n;\n");
  // The name of the database is no part of what the migration does.
  return createHash("sha256")
    .update(statements.replaceAll(quoteName(target.database), "db"))
    .digest("hex")
    .slice(0, 16);
}
