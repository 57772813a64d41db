import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { connectLink } from "../../link/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { actorHere } from "../session/actor.ts";
import { runDirOf } from "../session/find-run.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & { readonly run: string; readonly now: boolean };

export const command: CommandModule<object, Options> = {
  command: "stop <run>",
  describe: "stop safely after the current step, or now",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", demandOption: true })
      .option("now", { type: "boolean", default: false, describe: "end what runs: TERM, then KILL" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const { runId, runDir } = runDirOf(openStateDir(options.stateDir), options.run);
    const client = await connectLink(runDir, actorHere("stop"), false, () => {});
    if (!client) throw new UsageError(`run ${runId} is not going on`, `runsheet status ${runId}`);
    const problem = await client.stop(options.now ? "now" : "after-step");
    if (problem !== undefined) throw new UsageError(problem, `runsheet status ${runId}`);
    process.stderr.write(options.now ? "ending what runs\n" : "stopping after what runs now\n");
    const bye = await client.closed;
    process.stderr.write(`${bye?.summary ?? "stopped"}\n  next: runsheet resume ${runId}\n`);
  },
};
