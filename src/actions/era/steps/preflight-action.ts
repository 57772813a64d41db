import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { outcomeOf } from "../failed.ts";
import { withDatabase } from "../open-database.ts";
import { demandSpace, demandVersion } from "../preflight.ts";
import { formatRange } from "../range.ts";
import { downloadDirOf, networkOf, rangeOf, sourceOf } from "../settings.ts";
import { callOf, databaseFields, downloadFields, networkField, rangeField, resultOf, sourceField } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...rangeField,
  ...sourceField,
  ...databaseFields,
  ...downloadFields,
  downloadOnly: z.boolean().default(false),
  spaceBytes: z
    .int()
    .default(2_000_000_000)
    .describe("free space to ask for where files are downloaded and embedded data lies"),
});

const outputs = z.strictObject({
  source: z.string(),
  clickhouse: z.string().describe("empty when only downloads are wanted"),
  version: z.string(),
  database: z.string(),
  migrated: z.array(z.string()).describe("migrations that were applied now"),
  freeBytes: z.int().describe("where files are downloaded"),
});

type Outputs = z.infer<typeof outputs>;

export const preflightAction = defineAction<z.infer<typeof params>, Outputs>({
  kind: "era.preflight",
  title: "Check source, ClickHouse and disk before eras are loaded",
  description:
    "Asks the source for the first era of the range, ClickHouse for its version, creates or updates the schema, and looks at the " +
    "free space of the directories that will be written. Fails with what to mend. Repeating it is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    return {
      grade: "described",
      lines: [`would check the source, ${given.clickhouse || "CLICKHOUSE_HOST"} and the disks`],
    };
  },
  async run(given, context) {
    const call = callOf(given, context);
    const outcome = await outcomeOf(async (): Promise<Outputs> => {
      const source = sourceOf(given, call);
      const network = networkOf(given, call);
      const range = rangeOf(given);
      await source.list({
        network: network.name,
        range: { from: range.from, to: range.from },
        signal: context.signal,
        log: context.log,
      });
      context.log(`source ${source.shown} answers`);
      const directory = downloadDirOf(given.downloadDir, call);
      const remedy = "free some space, or name another directory (downloadDir)";
      const downloads = source.open === undefined ? 0 : given.spaceBytes;
      const space = source.open === undefined ? undefined : await demandSpace(directory, downloads, remedy);
      const base = { source: source.shown, freeBytes: space?.freeBytes ?? 0 };
      if (given.downloadOnly) return { ...base, clickhouse: "", version: "", database: "", migrated: [] };
      const migrated: string[] = [];
      const log = (line: string) => {
        context.log(line);
        migrated.push(...(/applied migrations (.*)$/.exec(line)?.[1]?.split(", ") ?? []));
      };
      return withDatabase(given, call, "create", log, async ({ clickhouse, database }) => {
        const version = await demandVersion(clickhouse);
        context.log(
          `ClickHouse ${clickhouse.shown} ${version}, database ${database} for ${network.name} ${formatRange(range)}`,
        );
        if (clickhouse.directory !== undefined) {
          await demandSpace(clickhouse.directory, given.spaceBytes, "free some space, or name another chdb: directory");
        }
        return { ...base, clickhouse: clickhouse.shown, version, database, migrated };
      });
    }, context.signal);
    return resultOf(outcome, (value) => value);
  },
});
