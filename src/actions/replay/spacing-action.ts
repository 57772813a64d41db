import { resolve } from "node:path";
import { z } from "zod";
import { defineAction } from "../../domain/action.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path, positiveDuration, positiveWhole, toMs, wholeOutput, wholeToJson } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type Loaded, loadParsed } from "./load.ts";
import type { Piece } from "./manifest.ts";
import { parseMeasurements } from "./measured-file.ts";
import { proposeSpacing, spacingText } from "./spacing.ts";

const params = z.strictObject({
  measured: path.describe("measured statistics: start, end, seconds, separated by tabs or commas"),
  out: path.describe("where to write the spacing file"),
  target: positiveDuration.default("3h").describe("how long one period should take"),
  multipleOf: positiveWhole.default(1).describe("round blocks per period down to a multiple of this"),
  mergePercent: z.number().min(0).max(1000).default(0).describe("merge neighbours whose rates differ by at most this"),
});

const outputs = z.strictObject({
  spacing: z.string().describe("absolute path of the spacing file"),
  records: z.int(),
  firstBlock: wholeOutput,
  endBlock: wholeOutput,
});

type Params = z.infer<typeof params>;

export const spacingAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "replay.spacing",
  title: "Build a spacing file from measured times",
  description:
    "Reads how long block ranges took (start, end, seconds) and writes a spacing file with as many blocks per period as fit " +
    "the target duration, by exact arithmetic, rounded down, at least one. Gaps, overlaps, duplicates and malformed lines " +
    "are refused with file:line, all at once. Writing is atomic and repeatable.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    const proposed = await propose(given, cwd);
    if (proposed.kind === "failed") return { grade: "native", lines: proposed.failure.message.split("\n") };
    return { grade: "native", lines: [`would write ${proposed.value.length} records to ${resolve(cwd, given.out)}`] };
  },
  run: returningFileFailures(async (given, { cwd, log }) => {
    const proposed = await propose(given, cwd);
    if (proposed.kind === "failed") return proposed;
    const records = proposed.value;
    const spacing = resolve(cwd, given.out);
    await writeFileAtomically(spacing, spacingText(records));
    log(`${spacing}: ${records.length} records, blocks ${records[0]!.start} to ${records.at(-1)!.end}`);
    const [firstBlock, endBlock] = [wholeToJson(records[0]!.start), wholeToJson(records.at(-1)!.end)];
    return { kind: "ok", outputs: { spacing, records: records.length, firstBlock, endBlock } };
  }),
});

async function propose(given: Params, cwd: string): Promise<Loaded<readonly Piece[]>> {
  const measured = await loadParsed("measured", given.measured, cwd, (text) => parseMeasurements(text));
  if (measured.kind === "failed") return measured;
  const { mergePercent } = given;
  const options = { targetMs: toMs(given.target), multipleOf: BigInt(given.multipleOf), mergePercent };
  return { kind: "ok", value: proposeSpacing(measured.value, options) };
}
