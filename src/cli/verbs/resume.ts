import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { openStateDir } from "../../journal/index.ts";
import { carryOn } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { lastResumable, runDirOf } from "../session/find-run.ts";
import type { Intent } from "../session/intent.ts";
import { findRunbook } from "../session/load.ts";
import { readState } from "../session/read-state.ts";
import { onTerminal, wantsScreen } from "../terminal.ts";

type Options = GlobalOptions &
  RunOptions & {
    readonly run: string | undefined;
    readonly from: string | undefined;
    readonly with: string | undefined;
    readonly acceptChanged: readonly string[];
    readonly param: readonly string[];
    readonly params: readonly string[];
  };

export const command: CommandModule<object, Options> = {
  command: "resume [run]",
  describe: "go on with an interrupted run",
  builder: (parser) =>
    runOptions(parser)
      .positional("run", { type: "string", describe: "default: the last interrupted one" })
      .option("from", { type: "string", describe: "skip what is open before this step" })
      .option("with", { type: "string", describe: "go on with this text of the runbook" })
      .option("accept-changed", {
        type: "string",
        array: true,
        default: [],
        describe: "a finished step that reads differently now keeps its result",
      })
      .option("param", { alias: "p", type: "string", array: true, default: [], describe: "a parameter: -p name=value" })
      .option("params", {
        type: "string",
        array: true,
        default: [],
        describe: "parameter file (YAML or JSON)",
      }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const { runId, runDir } = options.run ? runDirOf(stateDir, options.run) : lastResumable(stateDir);
    const file = options.with === undefined ? undefined : await findRunbook(options.with);
    if (wantsScreen(options) && wantsDecision(options, runDir)) {
      const { decideOnScreen } = await import("../screen.ts");
      process.exitCode = await decideOnScreen({ runId, runDir, withFile: file }, options);
      return;
    }
    const intent: Intent = {
      kind: "resume",
      retryFailed: !onTerminal(options),
      acceptChanged: options.acceptChanged,
      params: { pairs: options.param, files: options.params },
      ...(file === undefined ? {} : { file }),
      ...(options.from === undefined ? {} : { from: options.from }),
    };
    process.exitCode = await carryOn({
      stateDir,
      runId,
      runDir,
      intent,
      givenSecrets: {},
      paramFiles: options.params,
      options,
    });
  },
};

/** Something has to be decided that the screen can show: another text of the runbook, or surroundings that differ. */
function wantsDecision(options: Options, runDir: string): boolean {
  const { acceptChanged, param, params, approve, from, answers, until } = options;
  const lists = [acceptChanged, param, params, approve];
  const decided = lists.some((list) => list.length > 0) || [from, answers, until].some((given) => given !== undefined);
  if (options.with !== undefined) return !decided;
  return !decided && !options.acceptContext && readState(runDir).state.pinConflict !== undefined;
}
