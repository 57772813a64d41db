import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { carryOn } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { runDirOf } from "../session/find-run.ts";

type Options = GlobalOptions &
  RunOptions & { readonly run: string; readonly failed: boolean; readonly items: string | undefined };

export const command: CommandModule<object, Options> = {
  command: "retry <run>",
  describe: "do again what failed",
  builder: (parser) =>
    runOptions(parser)
      .positional("run", { type: "string", demandOption: true })
      .option("failed", { type: "boolean", default: true, describe: "every failed step and item" })
      .option("items", { type: "string", describe: "only these failed items: KEY,KEY" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const { runId, runDir } = runDirOf(stateDir, options.run);
    const items = options.items?.split(",");
    process.exitCode = await carryOn({
      stateDir,
      runId,
      runDir,
      intent: { kind: "retry", items },
      givenSecrets: {},
      options,
    });
  },
};
