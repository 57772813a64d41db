import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { optimize } from "../operations.ts";
import { callOf, databaseFields, networkField, resultOf } from "./fields.ts";

const params = z.strictObject({ ...networkField, ...databaseFields });
const outputs = z.strictObject({ partitions: z.int().describe("that were merged"), partsBefore: z.int() });

export const optimizeAction = defineAction<z.infer<typeof params>, z.infer<typeof outputs>>({
  kind: "era.optimize",
  title: "Merge the parts of loaded eras",
  description:
    "Merges the parts of every era into one per table, era by era; readers are not disturbed. Running it again is harmless.",
  params,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would merge the parts of every era of ${given.network}`] };
  },
  async run(given, context) {
    const outcome = await optimize(given, callOf(given, context), (done, total, note) =>
      context.progress({ done, total, unit: "partitions", note }),
    );
    return resultOf(outcome, ({ partitions, partsBefore }) => ({ partitions, partsBefore }));
  },
});
