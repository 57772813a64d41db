import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { positiveDuration, toMs } from "../../fields.ts";
import { stopped } from "../failed.ts";
import { isHopeless, processRange } from "../operations.ts";
import { pause } from "../retry.ts";
import { callOf, databaseFields, datasetsField, downloadFields, networkField, sourceField } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...sourceField,
  ...databaseFields,
  ...datasetsField,
  ...downloadFields,
  range: z
    .string()
    .regex(/^\s*\d+\s*\+\s*$/, "an open range, such as 1082+")
    .describe("an open range, such as 1082+"),
  every: positiveDuration.default("10m").describe("time between two looks"),
  looks: z.int().min(1).optional().describe("end after so many looks; default: never, until the run is stopped"),
  cleanUp: z.boolean().optional().describe("delete each downloaded file once its era is complete"),
  keepFiles: z.boolean().default(false).describe("never delete them, whatever ERA_CLEANUP_AFTER_PROCESS says"),
});

const outputs = z.strictObject({ looks: z.int(), loaded: z.int(), failed: z.int(), totalRows: z.int() });

type Outputs = z.infer<typeof outputs>;

export const watchAction = defineAction<z.infer<typeof params>, Outputs>({
  kind: "era.watch",
  title: "Load new eras as they appear",
  description:
    "Looks for eras that are not loaded yet, loads them, and looks again after a while, until the run is stopped or so many looks " +
    "were made. A look that fails, and an era that fails, are told and tried again at the next look; only a first look that cannot " +
    "work (no such network, no access) ends it. Stopped with the run, it goes on at resume. Repeating it is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would load new eras of ${given.network} ${given.range} again and again`] };
  },
  async run(given, context) {
    const everyMs = toMs(given.every);
    const input = given.keepFiles ? { ...given, cleanUp: false } : given;
    let sum: Outputs = { looks: 0, loaded: 0, failed: 0, totalRows: 0 };
    for (;;) {
      const outcome = await processRange(input, callOf(given, context), {
        onResult: (result) => {
          context.log(`era ${result.era}: ${result.kind === "failed" ? result.failure.message : result.kind}`);
          context.progress({ done: sum.loaded, unit: "eras", note: `era ${result.era} ${result.kind}` });
        },
      });
      if (outcome.kind === "failed" && (context.signal.aborted || isHopeless(outcome.failure, sum.looks)))
        return outcome;
      if (outcome.kind === "failed") context.log(`${outcome.failure.message}; ${outcome.failure.hint ?? ""}`);
      const eras = outcome.kind === "ok" ? outcome.value.summary.eras : [];
      const loaded = eras.flatMap((era) => (era.kind === "loaded" ? [era.loaded] : []));
      sum = {
        looks: sum.looks + 1,
        loaded: sum.loaded + loaded.length,
        failed: eras.filter(({ kind }) => kind === "failed").length + (outcome.kind === "failed" ? 1 : 0),
        totalRows: sum.totalRows + loaded.reduce((total, { totalRows }) => total + totalRows, 0),
      };
      if (given.looks !== undefined && sum.looks >= given.looks) {
        return outcome.kind === "failed" ? outcome : { kind: "ok", outputs: sum };
      }
      context.progress({ done: sum.loaded, unit: "eras", note: `next look in ${Math.round(everyMs / 1000)} s` });
      await pause(everyMs, context.signal).catch(() => {});
      if (context.signal.aborted) return { kind: "failed", failure: stopped(context.signal) };
    }
  },
});
