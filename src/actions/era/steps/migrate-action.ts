import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { outcomeOf } from "../failed.ts";
import { withDatabase } from "../open-database.ts";
import { migrateUp, migrationStates } from "../schema/migrate.ts";
import { callOf, databaseFields, networkField, resultOf } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...databaseFields,
  to: z
    .string()
    .regex(/^\d{3}$/)
    .optional()
    .describe("the last version to apply; default: all"),
});

const outputs = z.strictObject({
  applied: z.array(z.string()).describe("versions that were applied now"),
  migrations: z.array(z.strictObject({ version: z.string(), name: z.string(), state: z.enum(["applied", "pending"]) })),
});

export const migrateAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "era.migrate",
  title: "Create or update the tables for era data",
  description:
    "Applies the migrations that the database's ledger does not have yet. Taking migrations back removes data and is left to " +
    "`runsheet era migrate down`. Running it again is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would bring the schema for ${given.network} up to date`] };
  },
  async run(given, context) {
    const call = callOf(given, context);
    const outcome = await outcomeOf(
      () =>
        withDatabase(given, call, "any", call.log, async (target) => {
          const applied = await migrateUp(target, given.to);
          const migrations = (await migrationStates(target)).map(({ version, name, state }) => ({
            version,
            name,
            state,
          }));
          return { applied, migrations };
        }),
      context.signal,
    );
    return resultOf(outcome, (value) => value);
  },
});
