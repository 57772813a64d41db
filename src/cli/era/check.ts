import type { CommandModule } from "yargs";
import { check } from "../../actions/era/operations.ts";
import { formatRange } from "../../actions/era/range.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { erasAre } from "./text.ts";

export const checkCommand: CommandModule<object, EraOptions & { readonly hashes: boolean }> = {
  command: "check",
  describe: "compare what readers see of each era with what was loaded",
  builder: (parser) =>
    eraFlags(parser, ["network", "range", "clickhouse", "database", "datasets", "compat"]).option("hashes", {
      type: "boolean",
      default: false,
      describe: "also a hash of the content per dataset",
    }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => check({ ...options }, call),
      (checks) => {
        const ok = checks.every(({ verdict }) => verdict === "complete");
        if (options.json) printJson({ ok, eras: checks });
        else {
          for (const { era, verdict, problems, leftovers, hashes } of checks) {
            printLine(`era ${era}: ${verdict}`);
            for (const problem of problems) printLine(`  ${problem}`);
            for (const thing of leftovers) printLine(`  left over, unseen by readers: ${thing}`);
            if (verdict === "absent") continue;
            for (const [dataset, hash] of Object.entries(hashes)) printLine(`  ${dataset} ${hash}`);
          }
        }
        if (!ok) {
          const bad = checks.filter(({ verdict }) => verdict !== "complete").map(({ era }) => era);
          const range = formatRange({ from: bad[0]!, to: bad.at(-1) });
          process.stderr.write(
            `runsheet: ${erasAre(bad.length)} not complete\n  next: runsheet era load --network ${options.network} --range ${range} loads what is missing\n`,
          );
        }
        return ok ? 0 : 1;
      },
    ),
};
