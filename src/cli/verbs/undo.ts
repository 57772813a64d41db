import type { ArgumentsCamelCase, CommandModule } from "yargs";
import { nodeAt, planOf } from "../../domain/plan.ts";
import { openStateDir } from "../../journal/index.ts";
import { fingerprint } from "../../runbook/index.ts";
import { carryOn } from "../carry-on.ts";
import type { GlobalOptions } from "../global-options.ts";
import { type RunOptions, runOptions } from "../run-options.ts";
import { runDirOf } from "../session/find-run.ts";
import { readState } from "../session/read-state.ts";
import { loadStored } from "../session/stored-runbook.ts";

type Options = GlobalOptions & RunOptions & { readonly run: string; readonly dryRun: boolean };

export const command: CommandModule<object, Options> = {
  command: "undo <run>",
  describe: "compensate what was completed, last first",
  builder: (parser) =>
    runOptions(parser)
      .positional("run", { type: "string", demandOption: true })
      .option("dry-run", { type: "boolean", default: false, describe: "only list what would be undone" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const { runId, runDir } = runDirOf(stateDir, options.run);
    if (!options.dryRun) {
      process.exitCode = await carryOn({
        stateDir,
        runId,
        runDir,
        intent: { kind: "undo" },
        givenSecrets: {},
        options,
      });
      return;
    }
    const { state } = readState(runDir);
    const loaded = await loadStored(runDir, state);
    const plan = planOf(loaded.runbook, state.params, loaded.sha256, fingerprint);
    const steps = [...state.doneOrder]
      .reverse()
      .map((at) => ({ at, how: nodeAt(plan, at)?.step.undo?.kind ?? "nothing declared" }));
    if (options.json) process.stdout.write(`${JSON.stringify({ run: runId, steps })}\n`);
    else for (const { at, how } of steps) process.stdout.write(`${how.padEnd(16)}  ${at}\n`);
  },
};
