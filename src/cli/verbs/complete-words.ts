import yargs, { type CommandModule } from "yargs";
import { builtInKinds } from "../../actions/registry-lazy.ts";
import { listRuns, openStateDir } from "../../journal/index.ts";
import { listNamedRunbooks } from "../../runbook/index.ts";
import { globalOptions } from "../global-options.ts";
import { verbs } from "../program.ts";
import { runDirOf } from "../session/find-run.ts";
import { runbookDirs } from "../session/load.ts";
import { readState } from "../session/read-state.ts";

/** What may stand at the cursor: words on stdout, one a line. Called by the completion scripts with what was typed. */
export const command: CommandModule = {
  command: "complete-words",
  describe: false,
  builder: (parser) => parser.parserConfiguration({ "populate--": true }),
  handler: async (options) => {
    const words = ((options["--"] as unknown[]) ?? []).map(String);
    const found = await candidates(words);
    const current = words.at(-1) ?? "";
    process.stdout.write(
      found
        .filter((word) => word.startsWith(current))
        .map((word) => `${word}\n`)
        .join(""),
    );
  },
};

async function candidates(words: readonly string[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? "";
  const names = verbs.filter((verb) => verb.describe !== false).map((verb) => verb.usage.split(" ")[0] as string);
  if (words.length <= 1 && !current.startsWith("-")) return names;
  const chosen = verbs.find((verb) => verb.usage.split(" ")[0] === words[0]);
  if (!chosen) return [];
  if (current.startsWith("-")) return optionsOf((await chosen.load()).command);
  const place = words.slice(1, -1).filter((word) => !word.startsWith("-")).length;
  const wanted = chosen.usage.split(" ").slice(1)[Math.min(place, chosen.usage.split(" ").length - 2)] ?? "";
  return positional(wanted, words);
}

async function optionsOf(module: CommandModule<object, never>): Promise<readonly string[]> {
  const parser = globalOptions(yargs([]));
  if (typeof module.builder === "function") await module.builder(parser as never);
  return [...new Set((await parser.getHelp()).match(/--[a-z][a-z-]+/g) ?? [])];
}

async function positional(wanted: string, words: readonly string[]): Promise<readonly string[]> {
  const name = wanted.replace(/[<>[\].]/g, "");
  if (name === "runbook" || name === "files") {
    return (await listNamedRunbooks(runbookDirs())).map((runbook) => runbook.name);
  }
  const stateDir = openStateDir(undefined, { create: false });
  if (name === "run") return listRuns(stateDir).map((run) => run.runId);
  if (name === "step-address") {
    const { runDir } = runDirOf(stateDir, words[1] ?? "");
    const { state } = readState(runDir);
    return [...new Set([...[...state.prompts.values()].map(({ prompt }) => prompt.at), ...state.open])];
  }
  if (name === "shell") return ["bash", "zsh", "fish"];
  return name === "kind" ? builtInKinds : [];
}
