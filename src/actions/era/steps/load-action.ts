import { z } from "zod";
import { type ActionContext, type ActionResult, defineAction } from "../../../domain/action.ts";
import { failure } from "../../../domain/failure.ts";
import { path } from "../../fields.ts";
import { outcomeOf } from "../failed.ts";
import { type Processed, processRange } from "../operations.ts";
import { formatRuns, runsOf } from "../range.ts";
import { callOf, databaseFields, datasetsField, downloadFields, eraFile, networkField, sourceField } from "./fields.ts";
import { loadFile } from "./load-file.ts";

const params = z
  .strictObject({
    ...networkField,
    ...sourceField,
    ...databaseFields,
    ...datasetsField,
    ...downloadFields,
    file: eraFile.optional().describe("one era, an item of era.plan's todo, whose file lies at `path`"),
    path: path.optional().describe("where era.download put it"),
    stateSkipped: z.boolean().default(false).describe("the file at `path` came without its state"),
    range: z.string().optional().describe("or a range: discovered, downloaded, loaded and cleaned up here"),
    force: z.boolean().default(false).describe("load what is complete once more; readers keep the old rows until then"),
    cleanUp: z.boolean().optional().describe("with a range: delete each downloaded file once its era is complete"),
    jobs: z.int().min(1).max(16).default(1).describe("with a range: eras loaded at once"),
  })
  .refine((given) => (given.range === undefined) === (given.file !== undefined && given.path !== undefined), {
    message: "give either range, or file and path",
  });

const outputs = z.strictObject({
  eras: z.array(
    z.strictObject({
      era: z.int(),
      kind: z.enum(["loaded", "already"]).describe("already: complete before, by whomever"),
      rows: z.record(z.string(), z.int()),
      totalRows: z.int(),
      fileBytes: z.int(),
      durationMs: z.int(),
    }),
  ),
  totalRows: z.int(),
  fileBytes: z.int(),
});

export type LoadParams = z.infer<typeof params>;
export type LoadOutputs = z.infer<typeof outputs>;

export const loadAction = defineAction<LoadParams, LoadOutputs>({
  kind: "era.load",
  title: "Load eras into ClickHouse",
  description:
    "Decodes era files strictly and loads them, each era all or nothing: rows go into staging tables, are counted, are moved " +
    "into the tables by partition, and become visible to readers of the v_ views by one inserted row. Two loaders never load " +
    "the same era; the second waits. After an interruption it begins the era again; nothing half done was ever visible.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    const what = given.file?.name ?? `eras ${given.range} of ${given.network}`;
    return { grade: "described", lines: [`would load ${what} into ${given.clickhouse || "CLICKHOUSE_HOST"}`] };
  },
  async run(given, context) {
    if (given.file === undefined) return loadRange(given, context);
    const outcome = await outcomeOf(() => loadFile(given, context), context.signal);
    return outcome.kind === "ok" ? { kind: "ok", outputs: outcome.value } : outcome;
  },
});

async function loadRange(given: LoadParams, context: ActionContext): Promise<ActionResult<LoadOutputs>> {
  const outcome = await processRange(given, callOf(given, context), {
    onPlan: ({ todo, complete }) => context.log(`${complete.length} complete, ${todo.length} to do`),
    onResult: (result, done, total) =>
      context.progress({ done, total, unit: "eras", note: `era ${result.era} ${result.kind}` }),
  });
  return outcome.kind === "ok" ? summarise(outcome.value) : outcome;
}

function summarise({ summary }: Processed): ActionResult<LoadOutputs> {
  const bad = summary.eras.filter(({ kind }) => kind !== "loaded" && kind !== "already");
  if (bad.length > 0) {
    const reasons = bad.flatMap((result) => (result.kind === "failed" ? [result.failure] : []));
    const message = `${bad.length} of ${summary.eras.length} eras are not complete: ${formatRuns(runsOf(bad.map(({ era }) => era)))}`;
    const first = reasons[0];
    return {
      kind: "failed",
      failure: failure(
        "era-load-incomplete",
        first === undefined ? message : `${message}; the first: ${first.message}`,
        {
          hint: first?.hint ?? "run the step again: complete eras are left alone",
          details: reasons.map(({ code, message: text }) => ({ code, message: text })),
        },
      ),
    };
  }
  const eras = summary.eras.flatMap((result): LoadOutputs["eras"] => {
    if (result.kind === "already")
      return [{ era: result.era, kind: result.kind, rows: {}, totalRows: 0, fileBytes: 0, durationMs: 0 }];
    if (result.kind !== "loaded") return [];
    const { rows, totalRows, fileBytes, durationMs } = result.loaded;
    return [
      {
        era: result.era,
        kind: result.kind,
        rows: { ...rows },
        totalRows,
        fileBytes,
        durationMs: Math.round(durationMs),
      },
    ];
  });
  const sum = (pick: (era: (typeof eras)[number]) => number) => eras.reduce((total, era) => total + pick(era), 0);
  return {
    kind: "ok",
    outputs: { eras, totalRows: sum((era) => era.totalRows), fileBytes: sum((era) => era.fileBytes) },
  };
}
