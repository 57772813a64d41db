import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { carryOn } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { lastResumable, runDirOf } from "../session/find-run.ts";

type Options = GlobalOptions & RunOptions & { readonly run: string | undefined };

export const command: CommandModule<object, Options> = {
  command: "resume [run]",
  describe: "go on with an interrupted run",
  builder: (parser) =>
    runOptions(parser).positional("run", { type: "string", describe: "default: the last interrupted one" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const { runId, runDir } = options.run ? runDirOf(stateDir, options.run) : lastResumable(stateDir);
    process.exitCode = await carryOn({
      stateDir,
      runId,
      runDir,
      intent: { kind: "resume" },
      givenSecrets: {},
      options,
    });
  },
};
