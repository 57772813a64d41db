import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { clean } from "../operations.ts";
import { callOf, databaseFields, networkField, rangeField, resultOf } from "./fields.ts";

const outputs = z.strictObject({ eras: z.array(z.int()), removed: z.int().describe("partitions and staging tables") });
const cleanParams = z.strictObject({ ...networkField, ...rangeField, ...databaseFields });
const failedParams = z.strictObject({
  ...networkField,
  ...databaseFields,
  range: z.string().optional().describe("default: all eras"),
});

export const cleanAction = defineAction<z.infer<typeof cleanParams>, z.infer<typeof outputs>>({
  kind: "era.clean",
  title: "Remove eras from the database",
  description:
    "Removes all rows and states of the eras in the range, first from the readers' sight, then from the disk. Eras that another " +
    "loader works on are a failure. Running it again is harmless.",
  params: cleanParams,
  outputs,
  effect: "destroy",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would remove all rows of ${given.network} ${given.range}`] };
  },
  async run(given, context) {
    return resultOf(await clean(given, callOf(given, context)), ({ eras, removed }) => ({ eras: [...eras], removed }));
  },
});

export const cleanFailedAction = defineAction<z.infer<typeof failedParams>, z.infer<typeof outputs>>({
  kind: "era.cleanFailed",
  title: "Clear failed loads away",
  description:
    "Removes what failed and interrupted loads left and clears their state. What readers see of such an era from an earlier " +
    "load stays, and the era counts as completed again. Running it again is harmless.",
  params: failedParams,
  outputs,
  effect: "mutate",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would clear the failed loads of ${given.network}`] };
  },
  async run(given, context) {
    const outcome = await clean({ ...given, failedOnly: true }, callOf(given, context));
    return resultOf(outcome, ({ eras, removed }) => ({ eras: [...eras], removed }));
  },
});
