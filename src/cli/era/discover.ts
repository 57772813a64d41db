import type { CommandModule } from "yargs";
import { discover } from "../../actions/era/operations.ts";
import { formatRuns } from "../../actions/era/range.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { bytes, eras } from "./text.ts";

export const discoverCommand: CommandModule<object, EraOptions> = {
  command: "discover",
  describe: "list the era files of a source",
  builder: (parser) => eraFlags(parser, ["network", "range", "source"]) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => discover({ ...options, range: options.range ?? "0+" }, call),
      (listing) => {
        if (options.json) printJson({ ok: true, ...listing });
        else for (const file of listing.files) printLine(`${file.name}\t${file.sizeBytes ?? ""}`);
        const sizes = listing.files.flatMap(({ sizeBytes }) => sizeBytes ?? []);
        const known = sizes.length === listing.files.length && sizes.length > 0;
        const size = known ? `, ${bytes(sizes.reduce((sum, one) => sum + one, 0))}` : "";
        const gaps = listing.gaps.length === 0 ? "no gaps" : `missing: ${formatRuns(listing.gaps)}`;
        process.stderr.write(`${eras(listing.files.length)}${size}, ${gaps} (${listing.how})\n`);
        for (const { era, names } of listing.ambiguous) {
          process.stderr.write(`era ${era} is left out, it has several files: ${names.join(", ")}\n`);
        }
      },
    ),
};
