import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { plan } from "../operations.ts";
import { formatRuns, runsOf } from "../range.ts";
import { listingOutputs, listingToJson } from "./discover-action.ts";
import {
  callOf,
  databaseFields,
  datasetsField,
  eraFile,
  fileToJson,
  networkField,
  rangeField,
  resultOf,
  sourceField,
} from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...rangeField,
  ...sourceField,
  ...databaseFields,
  ...datasetsField,
  force: z.boolean().default(false).describe("eras that are complete are to do as well"),
  downloadOnly: z.boolean().default(false).describe("do not look at a database: everything is to do"),
});

const { eras: _all, ...listed } = listingOutputs;
const outputs = z.strictObject({
  ...listed,
  todo: z.array(eraFile),
  todoCount: z.int(),
  complete: z.int().describe("eras that readers see already, with all datasets asked for"),
  troubled: z.array(z.strictObject({ era: z.int(), attempts: z.int(), error: z.string() })),
  busy: z.array(z.int()).describe("eras that another loader works on"),
  bytes: z.int().nullable().describe("of what is to do; null where the source does not tell sizes"),
  estimateMs: z.int().nullable().describe("from the speed of earlier loads; null when there were none"),
  summary: z.string().describe("all of it in one sentence"),
});

type Params = z.infer<typeof params>;
type Outputs = z.infer<typeof outputs>;

export const planAction = defineAction<Params, Outputs>({
  kind: "era.plan",
  title: "Work out which eras are to do",
  description:
    "Lists a source and compares it with the database: available, complete, to do, failed before, bytes and an estimate of the " +
    "time. Changes nothing; where there are no tables yet, everything is to do.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return {
      grade: "described",
      lines: [`would compare ${given.network} ${given.range} at the source with the database`],
    };
  },
  async run(given, context) {
    const outcome = await plan(given, callOf(given, context));
    const result = resultOf(outcome, ({ listing, todo, complete, troubled, busy, bytes, estimateMs }): Outputs => {
      const { eras: _eras, ...rest } = listingToJson(listing);
      const numbers = {
        todoCount: todo.length,
        complete: complete.length,
        bytes: bytes ?? null,
        estimateMs: estimateMs ?? null,
      };
      return {
        ...rest,
        todo: todo.map(fileToJson),
        ...numbers,
        troubled: troubled.map(({ era, attempt, error }) => ({ era, attempts: attempt, error })),
        busy: [...busy],
        summary: sentence(given, {
          available: rest.available,
          gaps: rest.gaps,
          eras: todo.map(({ era }) => era),
          ...numbers,
        }),
      };
    });
    if (result.kind === "ok") context.log(result.outputs.summary);
    return result;
  },
});

type Numbers = Pick<Outputs, "available" | "gaps" | "complete" | "bytes" | "estimateMs"> & {
  readonly eras: readonly number[];
};

function sentence({ network, force }: Params, numbers: Numbers): string {
  const { available, complete, eras, bytes, estimateMs, gaps } = numbers;
  const todo = eras.length === 0 ? "nothing to do" : `${eras.length} to do (${formatRuns(runsOf(eras))})`;
  return [
    `${network}: ${available} available, ${complete} complete, ${todo}`,
    ...(bytes === null || eras.length === 0 ? [] : [`${(bytes / 1e6).toFixed(1)} MB`]),
    ...(estimateMs === null || eras.length === 0
      ? []
      : [`about ${Math.max(1, Math.round(estimateMs / 1000))} s by the speed of earlier loads`]),
    ...(force ? ["complete ones are replaced"] : []),
    ...(gaps === "" ? [] : [`missing at the source: ${gaps}`]),
  ].join("; ");
}
