import { mkdir } from "node:fs/promises";
import type { CommandModule } from "yargs";
import { outcomeOf } from "../../actions/era/failed.ts";
import type { EraCall } from "../../actions/era/operations.ts";
import { networkOf, rangeOf } from "../../actions/era/settings.ts";
import { UsageError } from "../session/usage-error.ts";
import { carryOut, type EraOptions, eraFlags, printJson, printLine } from "./common.ts";
import { bytes, count } from "./text.ts";

type GenerateOptions = EraOptions & {
  readonly out: string;
  readonly seed: number;
  readonly slots?: number;
  readonly shape: string;
};

export const generateCommand: CommandModule<object, GenerateOptions> = {
  command: "generate",
  describe: "make era files for practice and tests, the same for the same seed",
  builder: (parser) =>
    eraFlags(parser, ["network", "range"])
      .option("out", { type: "string", default: ".", describe: "directory for the files" })
      .option("seed", { type: "number", default: 1 })
      .option("slots", { type: "number", describe: "only the first so many slots of each era have blocks" })
      .option("shape", {
        type: "string",
        default: "sample",
        describe: "what the blocks look like: sample, or like the network",
      }) as never,
  handler: (options) =>
    carryOut(
      options,
      (call) => outcomeOf(() => generate(options, call), call.signal),
      (files) => {
        if (options.json) return printJson({ ok: true, files });
        for (const { path, bytes: size, blocks, rows } of files) {
          const total = Object.values(rows).reduce((sum, n) => sum + n, 0);
          printLine(`${path}\t${bytes(size)}\t${count(blocks)} blocks\t${count(total)} rows`);
        }
      },
    ),
};

async function generate(options: GenerateOptions, call: EraCall) {
  const { generateEra, SHAPES } = await import("../../lab/era-files/index.ts");
  const network = networkOf(options, call);
  const range = rangeOf(options);
  if (range.to === undefined)
    throw new UsageError(`--range ${options.range} has no end`, "write a closed range, e.g. --range 1400-1402");
  const shape = Object.keys(SHAPES).find((name) => name === options.shape) as keyof typeof SHAPES | undefined;
  if (shape === undefined)
    throw new UsageError(`there is no shape "${options.shape}"`, `known are ${Object.keys(SHAPES).join(", ")}`);
  await mkdir(options.out, { recursive: true });
  const { seed, slots, out: directory } = options;
  const files: ReturnType<typeof generateEra>[] = [];
  for (let era = range.from; era <= range.to; era++) {
    files.push(generateEra({ network, era, directory, seed, shape, ...(slots === undefined ? {} : { slots }) }));
  }
  return files;
}
