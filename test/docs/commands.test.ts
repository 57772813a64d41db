import { describe, expect, test } from "vitest";
import { declaredVerbs, everywhere } from "../../scripts/docs/command-line-page.ts";
import type { DeclaredOption, DeclaredVerb } from "../../src/cli/declared-verb.ts";
import { pages } from "./pages.ts";

const verbs = await declaredVerbs();
const global: readonly DeclaredOption[] = [...(await everywhere()), { name: "help" }, { name: "version" }];

describe("commands in the documentation", () => {
  test("name verbs, options and choices that the program has", () => {
    const wrong = pages().flatMap(({ path, text }) =>
      commandsIn(text).flatMap((command) => problemsOf(command).map((problem) => `${path}: ${command}: ${problem}`)),
    );
    expect(wrong).toEqual([]);
  });

  test("are looked at closely enough to notice a wrong one", () => {
    expect(problemsOf("runsheet rum deploy.yaml")).toEqual(["no verb rum"]);
    expect(problemsOf("runsheet state verify --aply")).toEqual(["no option --aply"]);
    expect(problemsOf("runsheet report --format pdf")).toEqual(["no choice pdf of --format"]);
  });
});

/** Command lines in code blocks and between backticks. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^( *)```(?:sh|console|ini|yaml)?[^\n]*\n([\s\S]*?)^\1```$/gm)].map(
    (match) => match[2] as string,
  );
  const lines = blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n"));
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, "");
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
  return [...lines, ...spans].flatMap((line) => {
    const begin = /(?:^|[$;&|=] ?|next: |npx )(runsheet(?: .*)?)$/.exec(line.replace(/ +#.*$/, "").trim());
    return begin ? [(begin[1] as string).replace(/ (?:[|;&]|\d?>).*$/, "")] : [];
  });
}

function problemsOf(command: string): string[] {
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g)?.slice(1) ?? [];
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  if (first === undefined || /^[A-Z<[…]/.test(first)) return [];
  const verb = verbs.find((candidate) => nameOf(candidate, 0) === first);
  if (!verb) return [`no verb ${first}`];
  const below = verb.verbs.find((candidate) => nameOf(candidate, 1) === second);
  if (verb.verbs.length > 0 && !below && second !== undefined && /^[a-z-]+$/.test(second))
    return [`no verb ${first} ${second}`];
  return optionProblems(words, [...global, ...(below ?? verb).options]);
}

function optionProblems(words: readonly string[], options: readonly DeclaredOption[]): string[] {
  return words.flatMap((word, index) => {
    const [, dashes, name = "", value = words[index + 1]] = /^(--?)([a-z][a-z-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (dashes === undefined) return [];
    const option = options.find((candidate) =>
      [candidate.name, candidate.alias, `no-${candidate.name}`].includes(name),
    );
    if (!option) return [`no option ${word}`];
    const given = option.choices && value !== undefined && /^[a-z|-]+$/.test(value) ? value.split("|") : [];
    return given.filter((one) => !option.choices?.includes(one)).map((one) => `no choice ${one} of --${name}`);
  });
}

function nameOf({ usage }: DeclaredVerb, place: number): string | undefined {
  return usage.split(" ")[place];
}
