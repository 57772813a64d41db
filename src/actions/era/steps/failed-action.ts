import { z } from "zod";
import { defineAction } from "../../../domain/action.ts";
import { status } from "../operations.ts";
import { callOf, databaseFields, networkField, resultOf } from "./fields.ts";

const params = z.strictObject({
  ...networkField,
  ...databaseFields,
  range: z.string().optional().describe("default: all eras"),
});

const outputs = z.strictObject({
  count: z.int(),
  eras: z.array(
    z.strictObject({
      era: z.int(),
      state: z.enum(["failed", "interrupted"]),
      attempt: z.int(),
      error: z.string(),
      at: z.string(),
    }),
  ),
});

type Outputs = z.infer<typeof outputs>;

export const failedAction = defineAction<z.infer<typeof params>, Outputs>({
  kind: "era.failed",
  title: "List eras that failed",
  description: "Lists the eras whose last load failed or was interrupted, with the reason and the number of tries.",
  params,
  outputs,
  effect: "read",
  repeatable: true,
  async preview(given) {
    return { grade: "described", lines: [`would list the failed eras of ${given.network}`] };
  },
  async run(given, context) {
    const result = resultOf(await status(given, callOf(given, context)), ({ eras }): Outputs => {
      const bad = eras.flatMap(({ era, condition, attempt, error, at }) =>
        condition === "failed" || condition === "interrupted" ? [{ era, state: condition, attempt, error, at }] : [],
      );
      return { count: bad.length, eras: bad };
    });
    if (result.kind === "ok") {
      for (const { era, state, attempt, error } of result.outputs.eras)
        context.log(`era ${era}: ${state}, attempt ${attempt}: ${error}`);
    }
    return result;
  },
});
