import type { CommandModule } from "yargs";
import { runbookJsonSchema } from "../../runbook/index.ts";

export const command: CommandModule = {
  command: "schema",
  describe: "print the JSON Schema of runbooks",
  handler: () => {
    process.stdout.write(`${JSON.stringify(runbookJsonSchema(), null, 2)}\n`);
  },
};
