import type { CommandModule } from "yargs";
import { optimize } from "../../actions/era/operations.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";

export const optimizeCommand: CommandModule<object, EraOptions> = {
  command: "optimize",
  describe: "merge the parts of every era into one per table",
  builder: (parser) => eraFlags(parser, ["network", "clickhouse", "database", "compat"]) as never,
  handler: (options) =>
    carryOut(
      options,
      (call, progress) => optimize(options, call, (done, total, note) => progress.update(`${done}/${total}  ${note}`)),
      (result) => {
        if (options.json) return printJson({ ok: true, ...result });
        printLine(`merged ${result.partsBefore} parts into ${result.partitions}`);
      },
    ),
};
