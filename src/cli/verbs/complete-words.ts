import type { CommandModule } from "yargs";
import { builtInKinds } from "../../actions/registry-lazy.ts";
import { listRuns, openStateDir } from "../../journal/index.ts";
import { listNamedRunbooks } from "../../runbook/index.ts";
import { type DeclaredOption, type DeclaredVerb, declaredBy } from "../declared-verb.ts";
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
  if (words.length <= 1) return current.startsWith("-") ? ["--help", "--version"] : names;
  const chosen = verbs.find((verb) => verb.usage.split(" ")[0] === words[0]);
  if (!chosen) return [];
  const declared = await declaredBy(chosen.usage, "", (await chosen.load()).command as CommandModule);
  const below = declared.verbs.find((verb) => nameOf(verb, 1) === words[1]);
  if (declared.verbs.length > 0 && !below)
    return words.length === 2 ? declared.verbs.map((verb) => nameOf(verb, 1)) : [];
  return below ? ofVerb(below, words.slice(2)) : ofVerb(declared, words.slice(1));
}

/** `words` are those behind the verb's own name. */
async function ofVerb(verb: DeclaredVerb, words: readonly string[]): Promise<readonly string[]> {
  const options = [...verb.options, ...(await everywhere())];
  const current = words.at(-1) ?? "";
  const valued = options.find((option) => isValueOf(option, words.at(-2)));
  if (valued) return (valued.choices ?? []).map(String);
  if (current.startsWith("-")) return options.map(({ name }) => `--${name}`);
  const place = words.slice(0, -1).filter((word, index) => {
    return !word.startsWith("-") && !options.some((option) => isValueOf(option, words[index - 1]));
  }).length;
  const wanted = verb.positionals[Math.min(place, verb.positionals.length - 1)];
  if (wanted?.choices) return wanted.choices.map(String);
  return wanted ? positional(wanted.name, words) : [];
}

/** Whether the word behind `before` is the value of this option. */
function isValueOf({ name, alias, type }: DeclaredOption, before: string | undefined): boolean {
  return type !== "boolean" && (before === `--${name}` || (alias !== undefined && before === `-${alias}`));
}

async function everywhere(): Promise<readonly DeclaredOption[]> {
  const builder = (parser: never) => globalOptions(parser);
  return (await declaredBy("", "", { builder } as unknown as CommandModule)).options;
}

async function positional(name: string, words: readonly string[]): Promise<readonly string[]> {
  if (name === "runbook" || name === "files") {
    return (await listNamedRunbooks(runbookDirs())).map((runbook) => runbook.name);
  }
  if (name === "kind") return builtInKinds;
  if (name !== "run" && name !== "step-address") return [];
  const stateDir = openStateDir(undefined, { create: false });
  if (name === "run") return listRuns(stateDir).map((run) => run.runId);
  const { state } = readState(runDirOf(stateDir, words[0] ?? "").runDir);
  return [...new Set([...[...state.prompts.values()].map(({ prompt }) => prompt.at), ...state.open])];
}

function nameOf({ usage }: DeclaredVerb, place: number): string {
  return usage.split(" ")[place] ?? "";
}
