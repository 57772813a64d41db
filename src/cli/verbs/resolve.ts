import type { ArgumentsCamelCase, CommandModule } from "yargs";
import type { Event } from "../../domain/event.ts";
import { openStateDir } from "../../journal/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { actorHere } from "../session/actor.ts";
import { answerRun, writeOffline } from "../session/answer-run.ts";
import { runDirOf } from "../session/find-run.ts";
import { readState } from "../session/read-state.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & {
  readonly run: string;
  readonly stepAddress: string;
  readonly as: "done" | "not-done" | "rerun";
  readonly reason: string;
};

export const command: CommandModule<object, Options> = {
  command: "resolve <run> <step-address>",
  describe: "settle an attempt in doubt",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", demandOption: true })
      .positional("step-address", { type: "string", demandOption: true })
      .option("as", {
        choices: ["done", "not-done", "rerun"] as const,
        demandOption: true,
        describe: "it did finish / it did not run / run it again whatever happened",
      })
      .option("reason", { type: "string", demandOption: true, describe: "how you know; kept in the journal" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const run = runDirOf(stateDir, options.run);
    const { state } = readState(run.runDir);
    const actor = actorHere("resolve");
    const step = state.steps.get(options.stepAddress);
    const phase = step?.phase.kind === "asking" ? step.phase.after : step?.phase;
    if (!step || phase?.kind !== "in-doubt")
      throw notInDoubt(run.runId, options.stepAddress, [...state.steps.values()]);
    if (!options.reason.trim()) throw new UsageError("the reason is empty", 'write --reason "how you know"');
    const open = [...state.prompts.values()].find(({ prompt }) => prompt.at === step.at && prompt.purpose === "doubt");
    if (open) {
      const answer = { kind: "choose", choice: options.as, reason: options.reason } as const;
      process.stderr.write(`${await answerRun(run, state, open.prompt, answer, actor)}\n`);
      return;
    }
    const settled: Event = {
      type: "doubt-resolved",
      at: step.at,
      n: phase.n,
      as: options.as,
      by: "operator",
      reason: options.reason,
      actor,
    };
    const done: Event = { type: "step-ended", at: step.at, result: { kind: "done", how: "resolved" } };
    await writeOffline(run, actor, () => (options.as === "done" ? [settled, done] : [settled]));
    process.stderr.write(`settled; go on with: runsheet resume ${run.runId}\n`);
  },
};

function notInDoubt(
  runId: string,
  at: string,
  steps: readonly { at: string; phase: { kind: string; after?: { kind: string } } }[],
): UsageError {
  const doubtful = steps.filter((step) => (step.phase.after ?? step.phase).kind === "in-doubt").map((step) => step.at);
  return new UsageError(
    `${at} of run ${runId} is not in doubt`,
    doubtful.length > 0 ? `in doubt: ${doubtful.join(", ")}` : `runsheet status ${runId}`,
  );
}
