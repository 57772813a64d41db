import { createInterface } from "node:readline/promises";
import type { CommandModule } from "yargs";
import { clean } from "../../actions/era/operations.ts";
import { formatRuns, runsOf } from "../../actions/era/range.ts";
import { UsageError } from "../session/usage-error.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { eras } from "./text.ts";

type CleanOptions = EraOptions & { readonly yes: boolean };

export const cleanCommand: CommandModule<object, CleanOptions> = {
  command: "clean",
  describe: "remove all rows and states of the eras in the range",
  builder: (parser) => flags(parser) as never,
  handler: async (options) => {
    await demandYes(options, `All rows of ${options.network} ${options.range} will be removed.`);
    await carryOut(
      options,
      (call) => clean(options, call),
      (cleaned) => tell(options, cleaned),
    );
  },
};

export const cleanFailedCommand: CommandModule<object, CleanOptions> = {
  command: "clean-failed",
  describe: "clear failed and interrupted loads away; what readers see stays",
  builder: (parser) => flags(parser) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => clean({ ...options, failedOnly: true }, call),
      (cleaned) => tell(options, cleaned),
    ),
};

function flags(parser: Parameters<typeof eraFlags>[0]) {
  const common = eraFlags(parser, ["network", "range", "clickhouse", "database", "compat"]);
  return common.option("yes", { type: "boolean", default: false, describe: "do not ask" });
}

/** What cannot be taken back is never done on a mere Enter, and never without a person or `--yes`. */
export async function demandYes(options: { readonly yes: boolean }, what: string): Promise<void> {
  if (options.yes) return;
  const command = `runsheet ${process.argv.slice(2).map(typed).join(" ")} --yes`;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError(`${what} Nobody is here to confirm it`, command, 5);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${what} Type yes to go on: `);
    if (answer.trim().toLowerCase() !== "yes") throw new UsageError("nothing was removed", command, 1);
  } finally {
    terminal.close();
  }
}

/** As it would be typed in a shell, but for a password in an address. */
function typed(argument: string): string {
  const word = argument.replace(/\/\/[^/@\s]*@/, "//***@");
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function tell(options: CleanOptions, cleaned: { readonly eras: readonly number[]; readonly removed: number }): void {
  if (options.json) printJson({ ok: true, ...cleaned });
  else if (cleaned.eras.length === 0) printLine("nothing to clean");
  else printLine(`cleaned ${eras(cleaned.eras.length)}: ${formatRuns(runsOf(cleaned.eras))}`);
}
