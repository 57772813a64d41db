import type { ArgumentsCamelCase, CommandModule } from "yargs";
import type { Answer, ChoiceId, Prompt } from "../../domain/prompt.ts";
import { openStateDir } from "../../journal/index.ts";
import { readParamValue } from "../../runbook/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { actorHere } from "../session/actor.ts";
import { answerRun } from "../session/answer-run.ts";
import { runDirOf } from "../session/find-run.ts";
import { readState } from "../session/read-state.ts";
import { UsageError } from "../session/usage-error.ts";

type Options = GlobalOptions & {
  readonly run: string;
  readonly stepAddress: string;
  readonly approve: boolean;
  readonly reject: boolean;
  readonly value: string | undefined;
  readonly type: string | undefined;
  readonly choose: ChoiceId | undefined;
  readonly done: boolean;
  readonly failed: boolean;
  readonly reason: string | undefined;
};

export const command: CommandModule<object, Options> = {
  command: "answer <run> <step-address>",
  describe: "answer an open prompt from another terminal",
  builder: (parser) =>
    parser
      .positional("run", { type: "string", demandOption: true })
      .positional("step-address", { type: "string", demandOption: true, describe: "as `runsheet status` shows it" })
      .option("approve", { type: "boolean", default: false, describe: "yes, do it" })
      .option("type", { type: "string", describe: "the text that a typed confirmation asks for" })
      .option("reject", { type: "boolean", default: false, describe: "no" })
      .option("value", { type: "string", describe: "the value of an input step" })
      .option("done", { type: "boolean", default: false, describe: "a manual step is done" })
      .option("failed", { type: "boolean", default: false, describe: "a manual step failed" })
      .option("choose", {
        choices: ["retry", "skip", "stop", "go-on", "done", "not-done", "rerun"] as const,
        describe: "one of the offered choices",
      })
      .option("reason", { type: "string", describe: "why; kept in the journal" }) as never,
  handler: async (options: ArgumentsCamelCase<Options>) => {
    const stateDir = openStateDir(options.stateDir);
    const run = runDirOf(stateDir, options.run);
    const { state } = readState(run.runDir);
    const prompt = [...state.prompts.values()].find((open) => open.prompt.at === options.stepAddress)?.prompt;
    if (!prompt) {
      const open = [...state.prompts.values()].map(({ prompt: { at } }) => at);
      throw new UsageError(
        `${options.stepAddress} of run ${run.runId} asks nothing now`,
        open.length > 0 ? `open: ${open.join(", ")}` : `runsheet status ${run.runId}`,
      );
    }
    const said = await answerRun(run, state, prompt, answerFrom(options, prompt), actorHere("answer"));
    process.stderr.write(`${said}\n`);
  },
};

function answerFrom(options: Options, prompt: Prompt): Answer {
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const note = options.reason === undefined ? {} : { note: options.reason };
  if (options.reject) return { kind: "reject", ...reason };
  if (options.choose) return { kind: "choose", choice: options.choose, ...reason };
  if (options.done || options.failed) return { kind: "manual", done: options.done, ...note };
  if (options.value !== undefined && prompt.expects.kind === "value") {
    const parsed = readParamValue(prompt.expects.spec, options.value, process.cwd());
    if (parsed.kind === "ok") return { kind: "value", value: parsed.value };
    throw new UsageError(parsed.message, parsed.mend ?? "give another --value");
  }
  if (options.approve || options.type !== undefined) {
    return { kind: "approve", ...(options.type === undefined ? {} : { typed: options.type }), ...reason };
  }
  throw new UsageError(`${prompt.at} asks: ${prompt.title}`, usageFor(prompt));
}

function usageFor(prompt: Prompt): string {
  switch (prompt.expects.kind) {
    case "approval":
      return prompt.expects.typed === undefined
        ? "--approve or --reject"
        : `--approve --type ${prompt.expects.typed}, or --reject`;
    case "value":
      return "--value VALUE";
    case "manual":
      return "--done or --failed, and --reason";
    case "choice":
      return `--choose ${prompt.expects.choices.map((choice) => choice.id).join("|")}`;
  }
}
