import { basename } from "node:path";
import type { CommandModule } from "yargs";
import { readEraBlock } from "../../actions/era/decode/index.ts";
import { fail, outcomeOf } from "../../actions/era/failed.ts";
import { networkOfFile, valuesOf } from "../../actions/era/settings.ts";
import { carryOut, type EraOptions, eraFlags, printJson } from "./common.ts";

type BlockOptions = EraOptions & { readonly file: string; readonly slot: number };

export const blockCommand: CommandModule<object, BlockOptions> = {
  command: "block <file> <slot>",
  describe: "the rows of one block, as JSON",
  builder: (parser) =>
    eraFlags(parser, ["network", "compat"])
      .positional("file", { type: "string", demandOption: true })
      .positional("slot", { type: "number", demandOption: true }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) =>
        outcomeOf(async () => {
          const network = networkOfFile(options, basename(options.file), call);
          const rows = await readEraBlock(options.file, options.slot, { network, values: valuesOf(options) });
          if (rows !== undefined) return rows;
          const hint = `runsheet era stats ${options.file} says which slots the file holds`;
          throw fail("era-slot-missed", `slot ${options.slot} was missed: it has no block`, { hint, retryable: false });
        }, call.signal),
      (rows) => printJson(options.json ? { ok: true, slot: options.slot, datasets: rows } : rows),
    ),
};
