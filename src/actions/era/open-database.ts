import { openClickHouse } from "./clickhouse/open-clickhouse.ts";
import { fail } from "./failed.ts";
import { demandBinding, type EraDatabase } from "./schema/era-database.ts";
import { migrateUp, migrationStates } from "./schema/migrate.ts";
import { clickhouseOf, databaseOf, type EraInput, networkOf, type Surroundings, valuesOf } from "./settings.ts";

/**
 * Opens the database of era data that the input names, hands it to `work` and closes it.
 *
 * `create`: a schema that is missing or older is made first. `demand`: it must be there and current. `any`: nothing is
 * asked, for the migrations themselves.
 */
export async function withDatabase<T>(
  input: EraInput,
  surroundings: Surroundings,
  schema: "create" | "demand" | "any",
  log: ((line: string) => void) | undefined,
  work: (target: EraDatabase) => Promise<T>,
): Promise<T> {
  const network = networkOf(input, surroundings);
  const database = databaseOf(input, surroundings);
  const clickhouse = await openClickHouse(clickhouseOf(input, surroundings), log);
  try {
    const target = { clickhouse, database, network, values: valuesOf(input) };
    if (schema === "create") {
      const applied = await migrateUp(target);
      if (applied.length > 0) log?.(`database ${database}: applied migrations ${applied.join(", ")}`);
    } else if (schema === "demand") await demandSchema(target, input);
    return await work(target);
  } finally {
    await clickhouse.close();
  }
}

async function demandSchema(target: EraDatabase, input: EraInput): Promise<void> {
  await demandBinding(target);
  const pending = (await migrationStates(target)).filter(({ state }) => state === "pending");
  if (pending.length === 0) return;
  const { database, clickhouse } = target;
  const message = `the database ${database} has no current schema: ${pending.map(({ version }) => version).join(", ")} pending`;
  const hint = `type: runsheet era migrate up --network ${input.network} --clickhouse ${clickhouse.shown} --database ${database}`;
  throw fail("era-schema-missing", message, { hint, retryable: false });
}
