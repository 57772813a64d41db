import type { CommandModule } from "yargs";
import { blockCommand } from "./block.ts";
import { checkCommand } from "./check.ts";
import { cleanCommand } from "./clean.ts";
import { cleanFailedCommand } from "./clean-failed.ts";
import { discoverCommand } from "./discover.ts";
import { exportCommand } from "./export.ts";
import { failedCommand } from "./failed.ts";
import { generateCommand } from "./generate.ts";
import { loadCommand } from "./load.ts";
import { migrateCommand } from "./migrate.ts";
import { optimizeCommand } from "./optimize.ts";
import { statsCommand } from "./stats.ts";
import { statusCommand } from "./status.ts";

/** The era verbs, in the order in which somebody new would use them. */
const verbs = [
  ...[discoverCommand, loadCommand, statusCommand, failedCommand, checkCommand, cleanCommand, cleanFailedCommand],
  ...[optimizeCommand, migrateCommand, statsCommand, blockCommand, exportCommand, generateCommand],
] as unknown as readonly CommandModule[];

/** `runsheet era <verb>` */
export const eraCommand: CommandModule = {
  command: "era <verb>",
  describe: "beacon-chain era files: discover, load, inspect, export",
  builder: (parser) =>
    verbs
      .reduce((built, verb) => built.command(verb), parser)
      .demandCommand(1)
      .strict(),
  handler: () => {},
};

export const command = eraCommand;
