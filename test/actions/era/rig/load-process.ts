import { openClickHouse } from "../../../../src/actions/era/clickhouse/open-clickhouse.ts";
import { DATASET_NAMES, type DatasetName } from "../../../../src/actions/era/decode/index.ts";
import { migrateUp } from "../../../../src/actions/era/schema/migrate.ts";
import { devnet } from "./devnet.ts";
import { loadDirectory } from "./loading.ts";

export type LoaderArguments = {
  readonly clickhouse: string;
  readonly database: string;
  readonly files: string;
  readonly datasets?: readonly DatasetName[];
  readonly force?: boolean;
  readonly jobs?: number;
};

/** A loader as a process of its own: says `loading` before the first era, ends with 0 when every era is complete. */
const given = JSON.parse(process.argv[2]!) as LoaderArguments;
const address = given.clickhouse;
const clickhouse = await openClickHouse(
  address.startsWith("chdb:")
    ? { kind: "chdb", directory: address.slice("chdb:".length) }
    : { kind: "http", url: address, user: "default", password: "" },
);
const target = { clickhouse, database: given.database, network: devnet(), values: "exact" as const };
await migrateUp(target);
process.send?.({ kind: "loading" });
const results = await loadDirectory(target, given.files, {
  datasets: given.datasets ?? DATASET_NAMES,
  force: given.force === true,
  jobs: given.jobs ?? 1,
  onResult: (result) => process.send?.({ kind: "result", result }),
});
await clickhouse.close();
const bad = results.filter(({ kind }) => kind !== "loaded" && kind !== "already");
for (const result of bad) process.stderr.write(`${JSON.stringify(result)}\n`);
process.exitCode = bad.length === 0 ? 0 : 1;
process.disconnect?.();
