import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { status } from "../operations.ts";
import type { EraReport } from "../state/status.ts";
import { callOf, databaseFields, networkField, resultOf } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...databaseFields,
  range: z.string().optional().describe("default: all eras"),
});

const eraRow = z.strictObject({
  era: z.int(),
  state: z.string().describe("completed, failed, interrupted, processing or cleaned"),
  rows: z.int(),
  attempt: z.int(),
  error: z.string(),
  fileName: z.string(),
  fileBytes: z.int(),
  durationMs: z.int(),
});

const outputs = z.strictObject({
  completed: z.int(),
  failed: z.int(),
  interrupted: z.int(),
  processing: z.int(),
  rows: z.record(z.string(), z.int()).describe("that readers see, per dataset"),
  totalRows: z.int(),
  fileBytes: z.int(),
  rowsPerSecond: z.int().describe("while eras were being loaded"),
  bytesPerSecond: z.int().describe("of era files, while they were being loaded"),
  eras: z.array(eraRow),
  summary: z.string(),
});

type Outputs = z.infer<typeof outputs>;

export const statusAction = defineAction<z.infer<typeof params>, Outputs>({
  kind: "era.status",
  title: "Show state per era and rows per dataset",
  description:
    "Reads the state of every era and counts the rows that readers see. Writes both as tables to the step's log.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would read the state of ${given.network}`] };
  },
  async run(given, context) {
    const result = resultOf(await status(given, callOf(given, context)), toJson);
    if (result.kind === "ok") for (const line of tables(result.outputs)) context.log(line);
    return result;
  },
});

function toJson({ counts, rows, totalRows, fileBytes, eras }: EraReport): Outputs {
  const { completed, failed, interrupted, processing } = counts;
  const done = eras.filter(({ condition }) => condition === "completed");
  const seconds = done.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const perSecond = (value: number) => (seconds === 0 ? 0 : Math.round(value / seconds));
  return {
    ...{ completed, failed, interrupted, processing, rows: { ...rows }, totalRows, fileBytes },
    rowsPerSecond: perSecond(done.reduce((sum, era) => sum + era.totalRows, 0)),
    bytesPerSecond: perSecond(fileBytes),
    eras: eras.map(({ era, condition, totalRows: n, attempt, error, fileName, fileBytes: bytes, durationMs }) => {
      return { era, state: condition, rows: n, attempt, error, fileName, fileBytes: bytes, durationMs };
    }),
    summary: `${completed} completed, ${failed} failed, ${interrupted} interrupted; ${number(totalRows)} rows`,
  };
}

function* tables({ rows, eras, summary, rowsPerSecond, bytesPerSecond }: Outputs): Generator<string> {
  yield "dataset                        rows";
  for (const [dataset, count] of Object.entries(rows)) yield `${dataset.padEnd(24)} ${number(count).padStart(10)}`;
  yield "era      state              rows  attempt  took";
  for (const { era, state, rows: count, attempt, durationMs, error } of eras) {
    const took = `${(durationMs / 1000).toFixed(1)} s`.padStart(8);
    yield `${String(era).padEnd(8)} ${state.padEnd(12)} ${number(count).padStart(10)} ${String(attempt).padStart(8)} ${took}  ${error}`.trimEnd();
  }
  yield `${summary}; ${number(rowsPerSecond)} rows/s, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s of files while loading`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
