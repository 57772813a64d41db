import { basename } from "node:path";
import type { CommandModule } from "yargs";
import { readEraStats } from "../../actions/era/decode/index.ts";
import { outcomeOf } from "../../actions/era/failed.ts";
import { networkOfFile } from "../../actions/era/settings.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { bytes, count, table } from "./text.ts";

export const statsCommand: CommandModule<object, EraOptions & { readonly file: string }> = {
  command: "stats <file>",
  describe: "what an era file holds, from its indices",
  builder: (parser) =>
    eraFlags(parser, ["network"]).positional("file", { type: "string", demandOption: true }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) =>
        outcomeOf(
          () => readEraStats(options.file, { network: networkOfFile(options, basename(options.file), call) }),
          call.signal,
        ),
      (stats) => {
        if (options.json) return printJson({ ok: true, ...stats });
        const range = stats.slotStart === undefined ? "none (genesis)" : `${stats.slotStart} .. ${stats.slotEnd}`;
        const rows = [
          ["network", stats.network],
          ["era", String(stats.era)],
          ["slots", range],
          ["forks", stats.forks.join(", ")],
          ["blocks", count(stats.blocks)],
          ["missed slots", count(stats.missedSlots)],
          ["first and last block", `${stats.firstBlockSlot ?? "-"} and ${stats.lastBlockSlot ?? "-"}`],
          ["file", bytes(stats.bytes)],
          ["of it blocks", bytes(stats.blockBytes)],
          ["of it state", bytes(stats.stateBytes)],
        ];
        for (const line of table(["", stats.fileName], rows)) printLine(line);
      },
    ),
};
