import { text } from "node:stream/consumers";
import type { CommandModule } from "yargs";
import { createReporter } from "../../headless/index.ts";
import { openStateDir } from "../../journal/index.ts";
import type { ExecutorOrder } from "../session/detached.ts";
import { executeRun } from "../session/executor.ts";
import { eventsFor, skipsFor } from "../session/intent.ts";
import { policyFor } from "../session/policy.ts";

/** The executor of a run that was started on a terminal; its order comes on stdin. Not for hands. */
export const command: CommandModule = {
  command: "execute-run",
  describe: false,
  handler: async () => {
    const order = JSON.parse(await text(process.stdin)) as ExecutorOrder;
    const outcome = await executeRun({
      ...order,
      stateDir: openStateDir(order.stateDir),
      waitForPeople: true,
      frontEnds: [
        createReporter({ line: (line) => process.stdout.write(`${line}\n`), quiet: false }),
        policyFor(order.policy, order.actor),
      ],
      before: (state) => eventsFor(order.intent, order.runDir, state, order.actor),
      beforeWithPlan: (state, plan) => skipsFor(order.intent, state, plan),
    });
    process.exitCode = outcome.exitCode;
  },
};
