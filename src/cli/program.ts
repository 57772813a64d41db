import type { Argv, CommandModule } from "yargs";
import { describeError } from "./errors.ts";
import { globalOptions } from "./global-options.ts";
import { homeOptions } from "./home-options.ts";
import { version } from "./session/version.ts";

/** The table of contents: every verb, one line each. A verb's code is loaded when it is chosen. */
export const verbs: readonly Verb[] = [
  verb("run <runbook>", "start a runbook", () => import("./verbs/run.ts")),
  verb("resume [run]", "go on with an interrupted run", () => import("./verbs/resume.ts")),
  verb("retry <run>", "do again what failed", () => import("./verbs/retry.ts")),
  verb("resolve <run> <step-address>", "settle an attempt in doubt", () => import("./verbs/resolve.ts")),
  verb("answer <run> <step-address>", "answer an open prompt from another terminal", () => import("./verbs/answer.ts")),
  verb("stop <run>", "stop safely after the current step, or now", () => import("./verbs/stop.ts")),
  verb("undo <run>", "compensate what was completed, last first", () => import("./verbs/undo.ts")),
  verb("runs", "list runs, the last changed first", () => import("./verbs/runs.ts")),
  verb("status [run]", "where a run stands, also while it goes on", () => import("./verbs/status.ts")),
  verb("attach [run]", "open a screen on a run", () => import("./verbs/attach.ts")),
  verb("logs [run]", "what the commands of a run printed", () => import("./verbs/logs.ts")),
  verb("report [run]", "one run as Markdown, HTML, JSON or JUnit", () => import("./verbs/report.ts")),
  verb("plan <runbook>", "what would happen, step by step; changes nothing", () => import("./verbs/plan.ts")),
  verb("validate <files..>", "report every problem of runbook files", () => import("./verbs/validate.ts")),
  verb("schema", "print the JSON Schema of runbooks", () => import("./verbs/schema.ts")),
  verb("era <verb>", "beacon-chain era files: discover, load, inspect, export", () => import("./era/index.ts")),
  verb("lab <what>", "the practice environment: up, down, status, scenarios", () => import("./verbs/lab.ts")),
  verb(
    "state",
    "look after the state directory: verify, doctor, prune, backup, export",
    () => import("./verbs/state.ts"),
  ),
  verb("new <name>", "write a commented starter runbook", () => import("./verbs/new.ts")),
  verb("actions [kind]", "list the built-in actions, or describe one", () => import("./verbs/actions.ts")),
  verb("completion <shell>", "print a completion script for bash, zsh or fish", () => import("./verbs/completion.ts")),
  hidden("complete-words", () => import("./verbs/complete-words.ts")),
  hidden("execute-run", () => import("./verbs/execute-run.ts")),
];

type Loader = () => Promise<{ readonly command: CommandModule<object, never> }>;
type Verb = { readonly usage: string; readonly describe: string | false; readonly load: Loader };

function verb(usage: string, describe: string, load: () => Promise<{ command: unknown }>): Verb {
  return { usage, describe, load: load as unknown as Loader };
}

function hidden(usage: string, load: () => Promise<{ command: unknown }>): Verb {
  return { usage, describe: false, load: load as unknown as Loader };
}

/** Runs the program on its arguments and returns the exit code; everything expected is already told. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  process.exitCode = 0;
  const home = homeOptions(argv);
  if (home) {
    try {
      await (await import("./screen.ts")).openHome(home);
      return 0;
    } catch (error) {
      return describeError(error);
    }
  }
  const { default: yargs } = await import("yargs");
  const chosen = verbs.find(
    (candidate) => candidate.usage.split(" ")[0] === argv.find((word) => !word.startsWith("-")),
  );
  const command = chosen && (await chosen.load()).command;
  let failed: unknown;
  const parser = globalOptions(yargs([...argv]))
    .scriptName("runsheet")
    .locale("en")
    .version(version())
    .usage(
      "$0 <verb>\n\nCarries out written procedures step by step, and after any interruption goes on where it stopped.\n" +
        "Without a verb, on a terminal: the home screen.",
    )
    .strict()
    .demandCommand(1, "say what to do: one of the verbs above")
    .recommendCommands()
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .fail((message, error) => {
      failed = error ?? new Error(message);
      throw failed;
    })
    .exitProcess(false);
  for (const { usage, describe } of verbs) {
    const known = usage === chosen?.usage ? command : undefined;
    const handler = (options: unknown) => {
      throw new Parsed(() => known?.handler(options as never));
    };
    parser.command({ command: usage, describe, ...known, handler } as CommandModule);
  }
  try {
    if (argv.length === 0) {
      process.stdout.write(`${await parser.getHelp()}\n`);
      return 0;
    }
    await parsed(parser);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return describeError(error ?? failed);
  }
}

async function parsed(parser: Argv): Promise<void> {
  try {
    await parser.parseAsync();
  } catch (error) {
    if (!(error instanceof Parsed)) throw error;
    await error.act();
  }
}

/** Thrown out of yargs, which would lay out its help page before it returns, just in case: a third of a cold start. */
class Parsed {
  readonly act: () => unknown;

  constructor(act: () => unknown) {
    this.act = act;
  }
}
