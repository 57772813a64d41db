import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { listRuns, openStateDir } from "../../journal/index.ts";
import { tellOutcome } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { attachPlain } from "../plain/attach.ts";
import { actorHere } from "../session/actor.ts";
import { runDirOf } from "../session/find-run.ts";
import { UsageError } from "../session/usage-error.ts";
import { onTerminal, wantsScreen } from "../terminal.ts";

type Options = GlobalOptions & {
  readonly run: string | undefined;
  readonly readOnly: boolean;
};

export const command: CommandModule<object, Options> = {
  command: "attach [run]",
  describe: "open a screen on a run",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", describe: "default: the run that is going on" })
      .option("read-only", { type: "boolean", default: false, describe: "look, but answer nothing" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir, { create: false });
    const running = listRuns(stateDir).find((run) => run.kind === "run" && run.activity === "running");
    const wanted = options.run ?? running?.runId;
    if (wanted === undefined) throw new UsageError("no run is going on", "runsheet runs");
    const { runId, runDir } = runDirOf(stateDir, wanted);
    const seat = { runDir, runId, readOnly: options.readOnly || !onTerminal({}) };
    const outcome = wantsScreen(options)
      ? await (await import("../screen.ts")).attachScreen({
          ...seat,
          actor: actorHere("screen"),
          color: options.color,
          record: true,
        })
      : await attachPlain({
          ...seat,
          actor: actorHere("attach"),
          quiet: options.quiet,
          ...(options.events ? { event: (json: string) => void process.stdout.write(`${json}\n`) } : {}),
        });
    process.exitCode = tellOutcome(runId, outcome, options);
  },
};
