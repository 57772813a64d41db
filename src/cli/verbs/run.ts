import { join } from "node:path";
import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { carryOn } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { actorHere } from "../session/actor.ts";
import { createRunFor } from "../session/create.ts";
import { findRunbook, loadForUse } from "../session/load.ts";
import { type AskParams, paramsFor } from "../session/params.ts";
import { practise } from "../session/practice.ts";
import { onTerminal, wantsScreen } from "../terminal.ts";

type Options = GlobalOptions &
  RunOptions & {
    readonly runbook: string;
    readonly param: readonly string[];
    readonly params: readonly string[];
    readonly runId: string | undefined;
    readonly lenient: boolean;
    readonly lab: boolean;
    readonly scenario: string | undefined;
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
      .option("lab", { type: "boolean", default: false, describe: "practise: simulators instead of the real thing" })
      .option("scenario", {
        type: "string",
        implies: "lab",
        describe: "practise with this trouble (runsheet lab scenarios)",
      })
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
    const stateDir = openStateDir(options.stateDir);
    for (const warning of stateDir.warnings) process.stderr.write(`warning: ${warning}\n`);
    const { scenario, param: pairs, params: files, quiet } = options;
    const practice = options.lab ? await practise(stateDir, file, { scenario, pairs, quiet }) : undefined;
    const source = practice ? { pairs: practice.pairs, files, practice: practice.params } : { pairs, files };
    const strayFile = join(stateDir.path, "screen-debug.log");
    const onForm: AskParams = async (book, names) =>
      (await import("../screen.ts")).askParamsOnScreen(book, names, { color: options.color, strayFile });
    const ask = wantsScreen(options) ? onForm : undefined;
    const { params, secrets } = await paramsFor(loaded, source, onTerminal(options), {}, ask);
    const { runId, runDir } = createRunFor(stateDir, loaded, params, {
      lab: options.lab,
      actor: actorHere("run"),
      ...(options.runId === undefined ? {} : { runId: options.runId }),
    });
    practice?.remember(runDir);
    process.exitCode = await carryOn({
      stateDir,
      runId,
      runDir,
      intent: { kind: "run" },
      givenSecrets: secrets,
      options,
      ...(practice ? { practiceAnswers: practice.answers } : {}),
    });
  },
};
