import { join, resolve } from "node:path";
import { z } from "zod";
import { type ActionContext, defineAction } from "../../domain/action.ts";
import { writeFileAtomically } from "../../lib/atomic-file.ts";
import { path, positiveDuration, positiveWhole, toMs, wholeOutput, wholeToJson } from "../fields.ts";
import { returningFileFailures } from "../file-failures.ts";
import { type Loaded, loadParsed } from "./load.ts";
import type { Piece } from "./manifest.ts";
import { parseMeasurements } from "./measured-file.ts";
import { type ReplayReport, ratesOf, reportText } from "./report.ts";
import { overlaySpacing, proposeSpacing, spacingText } from "./spacing.ts";
import { parseSpacing } from "./spacing-file.ts";

const params = z.strictObject({
  measured: path.describe("what replay.snapshots measured (start, end, seconds)"),
  spacing: path.describe("the spacing file in use"),
  out: path.describe("directory for report.md and proposed_block_spacing.tsv"),
  slice: z.int().positive().optional(),
  target: positiveDuration.default("3h").describe("how long one period should take"),
  multipleOf: positiveWhole.default(100).describe("round blocks per period down to a multiple of this"),
  mergePercent: z.number().min(0).max(1000).default(5).describe("merge neighbours whose rates differ by at most this"),
});

const outputs = z.strictObject({
  report: z.string(),
  spacing: z.string().describe("the whole spacing file with the measured part replaced"),
  blocks: wholeOutput,
  seconds: z.number(),
  blocksPerHour: z.int(),
});

type Params = z.infer<typeof params>;

export const reportAction = defineAction<Params, z.infer<typeof outputs>>({
  kind: "replay.report",
  title: "Report blocks per hour and propose a new spacing",
  description:
    "Reads what was measured, writes report.md (blocks per hour for each range, and the proposal beside the spacing in use) " +
    "and proposed_block_spacing.tsv: the spacing file in use with the measured part replaced. Writing is atomic and repeatable.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given, { cwd }) {
    return {
      grade: "described",
      lines: [`would write report.md and proposed_block_spacing.tsv to ${resolve(cwd, given.out)}`],
    };
  },
  run: returningFileFailures(async (given, { cwd, log }) => {
    const worked = await workOut(given, cwd);
    if (worked.kind === "failed") return worked;
    const { report, whole } = worked.value;
    const out = resolve(cwd, given.out);
    const [reportFile, spacingFile] = [join(out, "report.md"), join(out, "proposed_block_spacing.tsv")];
    const text = reportText(report);
    await writeFileAtomically(reportFile, text);
    await writeFileAtomically(spacingFile, spacingText(whole));
    for (const line of [...text.trimEnd().split("\n"), reportFile, spacingFile]) log(line);
    const seconds = report.hours * 3600;
    return {
      kind: "ok",
      outputs: {
        report: reportFile,
        spacing: spacingFile,
        blocks: wholeToJson(report.blocks),
        seconds,
        blocksPerHour: report.hours === 0 ? 0 : Math.round(Number(report.blocks) / report.hours),
      },
    };
  }),
});

async function workOut(
  given: Params,
  cwd: ActionContext["cwd"],
): Promise<Loaded<{ readonly report: ReplayReport; readonly whole: readonly Piece[] }>> {
  const measured = await loadParsed("measured", given.measured, cwd, (text) => parseMeasurements(text, true));
  if (measured.kind === "failed") return measured;
  const inUse = await loadParsed("spacing", given.spacing, cwd, parseSpacing);
  if (inUse.kind === "failed") return inUse;
  const { mergePercent } = given;
  const options = { targetMs: toMs(given.target), multipleOf: BigInt(given.multipleOf), mergePercent };
  const proposed = proposeSpacing(measured.value, options);
  const rates = ratesOf(measured.value);
  const report: ReplayReport = {
    slice: given.slice,
    rates,
    blocks: rates.reduce((sum, { start, end }) => sum + end - start, 0n),
    hours: rates.reduce((sum, { hours }) => sum + hours, 0),
    inUse: inUse.value,
    proposed,
  };
  return { kind: "ok", value: { report, whole: overlaySpacing(inUse.value, proposed) } };
}
