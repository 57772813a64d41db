import type { CommandModule } from "yargs";
import { outcomeOf } from "../../actions/era/failed.ts";
import { withDatabase } from "../../actions/era/open-database.ts";
import type { EraCall } from "../../actions/era/operations.ts";
import { migrateDown, migrateUp, migrationStates } from "../../actions/era/schema/migrate.ts";
import { demandYes } from "./clean.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { table } from "./text.ts";

type MigrateOptions = EraOptions & {
  readonly what: "status" | "list" | "up" | "run" | "down";
  readonly to?: string;
  readonly yes: boolean;
};

export const migrateCommand: CommandModule<object, MigrateOptions> = {
  command: "migrate [what] [to]",
  describe: "the schema: status, up [version], down [version]",
  builder: (parser) =>
    eraFlags(parser, ["network", "clickhouse", "database", "compat"])
      .positional("what", { choices: ["status", "list", "up", "run", "down"] as const, default: "status" as const })
      .positional("to", {
        type: "string",
        describe: "the last version to have afterwards, e.g. 002; down to 000 removes all",
      })
      .option("yes", { type: "boolean", default: false, describe: "do not ask before down" }) as never,
  handler: async (options) => {
    if (options.what === "down") {
      await demandYes(options, "Tables and the data in them will be removed.");
    }
    await carryOut(
      options,
      (call) => migrate(options, call),
      ({ changed, states }) => {
        if (options.json) return printJson({ ok: true, changed, migrations: states });
        const rows = states.map(({ version, name, state, appliedAt }) => [version, name, state, appliedAt ?? ""]);
        for (const line of table(["version", "name", "state", "applied at (UTC)"], rows)) printLine(line);
        if (changed.length > 0)
          process.stderr.write(`${options.what === "down" ? "taken back" : "applied"}: ${changed.join(", ")}\n`);
      },
    );
  },
};

function migrate(options: MigrateOptions, call: EraCall) {
  const to = options.to === undefined ? undefined : String(options.to).padStart(3, "0");
  return outcomeOf(
    () =>
      withDatabase(options, call, "any", call.log, async (target) => {
        const changing =
          options.what === "down"
            ? migrateDown
            : options.what === "up" || options.what === "run"
              ? migrateUp
              : undefined;
        const changed = (await changing?.(target, to)) ?? [];
        return { changed, states: await migrationStates(target) };
      }),
    call.signal,
  );
}
