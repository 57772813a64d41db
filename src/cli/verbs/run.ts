import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { carryOn, onTerminal } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { actorHere } from "../session/actor.ts";
import { createRunFor } from "../session/create.ts";
import { findRunbook, loadForUse } from "../session/load.ts";
import { paramsFor } from "../session/params.ts";

type Options = GlobalOptions &
  RunOptions & {
    readonly runbook: string;
    readonly param: readonly string[];
    readonly params: readonly string[];
    readonly runId: string | undefined;
    readonly lenient: boolean;
  };

export const command: CommandModule<object, Options> = {
  command: "run <runbook>",
  describe: "start a runbook",
  builder: (parser) =>
    runOptions(parser)
      .positional("runbook", { type: "string", demandOption: true, describe: "a file, or the name of a known runbook" })
      .option("param", { alias: "p", type: "string", array: true, default: [], describe: "a parameter: -p name=value" })
      .option("params", { type: "string", array: true, default: [], describe: "parameter file (YAML or JSON)" })
      .option("run-id", { type: "string", describe: "a name for this run" })
      .option("lenient", {
        type: "boolean",
        default: false,
        describe: "a step without a word about interruption is only a warning",
      })
      .example("$0 run replay-plan", "start a shipped runbook")
      .example(
        "$0 run deploy.yaml -p target=web-2 --until restart",
        "start, and pause after the step restart",
      ) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const file = await findRunbook(options.runbook);
    const loaded = await loadForUse(file, { lenient: options.lenient });
    const { params, secrets } = await paramsFor(
      loaded,
      { pairs: options.param, files: options.params },
      onTerminal(options),
    );
    const stateDir = openStateDir(options.stateDir);
    for (const warning of stateDir.warnings) process.stderr.write(`warning: ${warning}\n`);
    const { runId, runDir } = createRunFor(stateDir, loaded, params, {
      lab: false,
      actor: actorHere("run"),
      ...(options.runId === undefined ? {} : { runId: options.runId }),
    });
    process.exitCode = await carryOn({
      stateDir,
      runId,
      runDir,
      intent: { kind: "run" },
      givenSecrets: secrets,
      options,
    });
  },
};
