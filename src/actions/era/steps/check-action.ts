import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { failure } from "../../../domain/failure.ts";
import { check } from "../operations.ts";
import { formatRuns, runsOf } from "../range.ts";
import { callOf, databaseFields, datasetsField, networkField, rangeField, resultOf } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...rangeField,
  ...databaseFields,
  ...datasetsField,
  hashes: z.boolean().default(false).describe("also a hash of the content per dataset"),
  report: z.boolean().default(false).describe("report eras that are not complete instead of failing"),
});

const outputs = z.strictObject({
  complete: z.boolean(),
  eras: z.array(
    z.strictObject({
      era: z.int(),
      verdict: z.enum(["complete", "incomplete", "absent"]),
      problems: z.array(z.string()),
      rows: z.record(z.string(), z.int()),
      hashes: z.record(z.string(), z.string()),
    }),
  ),
});

export const checkAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "era.check",
  title: "Check that eras are complete",
  description:
    "Compares what readers see of each era with what its load recorded: rows per dataset, no row twice. Fails when an era is " +
    "absent or incomplete, so that it can verify a load.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would check ${given.network} ${given.range}`] };
  },
  async run(given, context) {
    const result = resultOf(await check(given, callOf(given, context)), (eras) => ({
      complete: eras.every(({ verdict }) => verdict === "complete"),
      eras: eras.map(({ era, verdict, problems, rows, hashes }) => {
        return { era, verdict, problems: [...problems], rows: { ...rows }, hashes: { ...hashes } };
      }),
    }));
    if (result.kind === "failed" || result.outputs.complete || given.report) return result;
    const bad = result.outputs.eras.filter(({ verdict }) => verdict !== "complete");
    const message = `not complete: ${formatRuns(runsOf(bad.map(({ era }) => era)))}; ${bad[0]!.problems[0] ?? "nothing is loaded"}`;
    const hint = "load them again: what is complete is left alone";
    return { kind: "failed", failure: failure("era-not-complete", message, { hint }) };
  },
});
