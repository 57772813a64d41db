import type { CommandModule } from "yargs";
import { type DeclaredOption, type DeclaredVerb, declaredBy } from "../../src/cli/declared-verb.ts";
import { globalOptions } from "../../src/cli/global-options.ts";
import { verbs } from "../../src/cli/program.ts";
import { anchor, code, sentence, table } from "./markdown.ts";

const HEAD = `# Command line

<!-- Made by \`npm run docs\` from the program's own declarations. Edit those. -->

\`\`\`
runsheet <verb> [options]
\`\`\`

\`runsheet --help\` and \`runsheet VERB --help\` say the same as this page. Exit codes stand in the
[README](../README.md#exit-codes).

A run is named by its id, or by the beginning of one that fits no other. A runbook is named by a file, or by the name of one in
\`./runbooks/\` or of a shipped one. Results go to stdout, progress and messages to stderr.
`;

/** Every verb that `--help` shows, with what it declares. */
export async function declaredVerbs(): Promise<readonly DeclaredVerb[]> {
  const declared: DeclaredVerb[] = [];
  for (const { usage, describe, load } of verbs) {
    if (describe === false) continue;
    declared.push(await declaredBy(usage, describe, (await load()).command as CommandModule));
  }
  return declared;
}

/** The options that every verb has. */
export async function everywhere(): Promise<readonly DeclaredOption[]> {
  const module = { builder: (parser: never) => globalOptions(parser) } as unknown as CommandModule;
  return (await declaredBy("", "", module)).options;
}

export async function commandLinePage(): Promise<string> {
  const declared = await declaredVerbs();
  const overview = declared.map(({ usage, describe }) => {
    const name = usage.split(" ")[0] as string;
    return [`[${code(name)}](#${anchor(name)})`, sentence(describe)];
  });
  // The options of \`run\` that \`resume\` and others have as well are told once.
  const common = sharedOptions(declared);
  const parts = [
    HEAD.trimEnd(),
    table(["verb", "purpose"], overview),
    `## Options of every verb\n\n${optionTable(await everywhere())}`,
    `## Options of verbs that carry a run on\n\n${carriers(declared, common)}\n\n${optionTable(common)}`,
    ...declared.map((verb) => section(verb, common, 2)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Options that \`run\` and \`retry\` both declare: those of carrying a run on. */
function sharedOptions(declared: readonly DeclaredVerb[]): readonly DeclaredOption[] {
  const [run, retry] = ["run", "retry"].map((name) => declared.find(({ usage }) => usage.split(" ")[0] === name));
  return (run?.options ?? []).filter(({ name }) => retry?.options.some((other) => other.name === name));
}

function carriers(declared: readonly DeclaredVerb[], common: readonly DeclaredOption[]): string {
  const names = declared
    .filter(({ options }) => common.every(({ name }) => options.some((option) => option.name === name)))
    .map(({ usage }) => code(usage.split(" ")[0] as string));
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} have these:`;
}

function section(verb: DeclaredVerb, common: readonly DeclaredOption[], depth: number): string {
  const words = verb.usage.split(" ");
  const name = words.slice(0, depth - 1).join(" ");
  const shared = common.every(({ name: own }) => verb.options.some((option) => option.name === own));
  const own = shared
    ? verb.options.filter((option) => !common.some((other) => other.name === option.name))
    : verb.options;
  const parts = [
    `${"#".repeat(depth)} ${name}`,
    sentence(verb.describe),
    `\`\`\`\nrunsheet ${verb.usage}${verb.options.length > 0 ? " [options]" : ""}\n\`\`\``,
    verb.positionals.length > 0 ? positionalTable(verb.positionals) : "",
    own.length > 0 ? optionTable(own) : "",
    shared ? "And the [options of verbs that carry a run on](#options-of-verbs-that-carry-a-run-on)." : "",
    verb.examples.length > 0 ? examples(verb) : "",
    ...verb.verbs.map((below) => section(below, common, depth + 1)),
  ];
  return parts.filter(Boolean).join("\n\n");
}

function positionalTable(positionals: readonly DeclaredOption[]): string {
  const rows = positionals.map((positional) => [code(positional.name.toUpperCase()), wordsOf(positional)]);
  return table(["argument", "meaning"], rows);
}

function optionTable(options: readonly DeclaredOption[]): string {
  const rows = options.map((option) => [flagOf(option), wordsOf(option)]);
  return table(["option", "meaning"], rows);
}

/** An option whose use is to be turned off is told as `--no-`. */
function flagOf({ name, alias, type, describe = "" }: DeclaredOption): string {
  const flag = describe.startsWith(`--no-${name}:`) ? `--no-${name}` : `--${name}`;
  const value = type === "boolean" ? "" : type === "number" ? " N" : " VALUE";
  return [...(alias ? [code(`-${alias}${value}`)] : []), code(`${flag}${value}`)].join(", ");
}

function wordsOf({ describe = "", choices, default: fallback, array }: DeclaredOption): string {
  const plain =
    fallback === undefined || typeof fallback === "boolean" || (Array.isArray(fallback) && fallback.length === 0);
  const told = describe.replace(/^--no-[a-z]+: /, "");
  return [
    sentence(told),
    choices ? `One of ${choices.map((choice) => code(String(choice))).join(", ")}.` : "",
    plain || /default/i.test(told) ? "" : `Default ${code(String(fallback))}.`,
    array && !choices ? "May be given several times." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function examples(verb: DeclaredVerb): string {
  const lines = verb.examples.map(({ command, does }) => `${command}\n    # ${does}`);
  return `\`\`\`sh\n${lines.map((line) => line.replace(/^(.*)\n {4}# (.*)$/, "# $2\n$1")).join("\n")}\n\`\`\``;
}
