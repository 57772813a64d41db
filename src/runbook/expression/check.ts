import { nearest } from "../suggest.ts";
import type { Problem } from "../yaml/report.ts";
import { checkReference } from "./check-reference.ts";
import { ROOTS } from "./compile.ts";
import type { NumberMode } from "./convert.ts";
import { createEnvironments } from "./environments.ts";
import { reasonOf, typeWord } from "./failures.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Names, StepFacts } from "./names.ts";
import { type Reference, referencesOf } from "./references.ts";
import { rewrite } from "./rewrite.ts";
import { tokenize } from "./tokens.ts";

/** What is known of an expression before it runs. `type` is CEL's name of its result, `dyn` when only the run will tell. */
export type Checked = {
  readonly type: string;
  readonly cel: string;
  readonly references: readonly Reference[];
  /** Offsets are in the expression's source. */
  readonly problems: readonly Place[];
};

type Place = { readonly start: number; readonly end: number; readonly problem: Problem };

/** A longer expression belongs into a script. */
const MAX_LENGTH = 4000;

export type ExpressionChecker = (source: string, names: Names) => Checked;

export function createExpressionChecker(): ExpressionChecker {
  const environmentFor = createEnvironments();
  return (source, names) => {
    const nothing = sourceProblem(source);
    if (nothing)
      return {
        type: "dyn",
        cel: source,
        references: [],
        problems: [{ start: 0, end: source.length, problem: nothing }],
      };
    const variables = ownVariables(source);
    const references = withoutDoubts(referencesOf(source)).filter(({ root }) => !variables.has(root));
    const steps = new Map<string, StepFacts>();
    const problems: Place[] = [...shadowProblems(source, variables)];
    for (const reference of references) {
      const found = checkReference(reference, names);
      if (found.problem) problems.push({ ...found.range, problem: found.problem });
      if (found.step) steps.set(found.step.id, found.step);
    }
    const { cel } = rewrite(source, references, (reference) => modeOf(reference, names, steps));
    if (problems.some(({ problem }) => problem.severity !== "warning"))
      return { type: "dyn", cel, references, problems };
    const checkable = rewrite(source, references, () => "plain");
    const environment = environmentFor(names, [...steps.values()]);
    const result = environment.check(checkable.cel);
    if (result.valid) return { type: result.type as string, cel, references, problems };
    const error = result.error as CelError;
    const range = error.range ?? { start: 0, end: checkable.cel.length };
    const start = checkable.toSource(range.start);
    const end = Math.max(start + 1, checkable.toSource(range.end));
    return { type: "dyn", cel, references, problems: [...problems, { start, end, problem: celProblem(error, names) }] };
  };
}

/** Once it was asked whether a name is there, using it elsewhere in the expression is no mistake. */
function withoutDoubts(references: readonly Reference[]): readonly Reference[] {
  const asked = new Set(references.filter(({ probed }) => probed).map(pathText));
  return references.map((reference) => (asked.has(pathText(reference)) ? { ...reference, probed: true } : reference));
}

function pathText({ root, path }: Reference): string {
  return [root, ...path.map(({ name }) => name)].join(".");
}

type CelError = Error & {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { start: number; end: number };
};

function sourceProblem(source: string): Problem | undefined {
  if (source.trim() === "") {
    return { code: "empty-expression", message: "the expression is empty", mend: "write: ${{ params.name }}" };
  }
  if (source.length > MAX_LENGTH) {
    const message = `the expression has ${source.length} characters; at most ${MAX_LENGTH} are allowed`;
    return { code: "expression-too-long", message, mend: "work the value out in a step with a script" };
  }
  if (tokenize(source).some(({ text }) => text === "$")) {
    return {
      code: "nested-hole",
      message: "an expression cannot hold another ${{",
      mend: "remove the inner ${{ and }}",
    };
  }
  return undefined;
}

const MACROS = new Set(["map", "filter", "all", "exists", "exists_one", "bind"]);

/** Variables that the expression introduces itself: `list.map(x, …)`. */
function ownVariables(source: string): ReadonlySet<string> {
  const tokens = tokenize(source);
  const found = new Set<string>();
  for (let i = 1; i + 3 < tokens.length; i++) {
    const macro = tokens[i - 1]?.text === "." && MACROS.has(tokens[i]?.text ?? "") && tokens[i + 1]?.text === "(";
    if (macro && tokens[i + 2]?.kind === "name" && tokens[i + 3]?.text === ",")
      found.add(tokens[i + 2]?.text as string);
  }
  return found;
}

function* shadowProblems(source: string, variables: ReadonlySet<string>): Iterable<Place> {
  for (const root of ["params", "steps", "secrets", "env", "context"]) {
    if (!variables.has(root)) continue;
    const message = `"${root}" has a meaning of its own and cannot name a variable`;
    yield { start: 0, end: source.length, problem: { code: "shadowed-name", message, mend: "call the variable x" } };
  }
  for (const { start, end } of dangerousKeys(source)) {
    const message = `${source.slice(start, end)} cannot be a key of a map`;
    yield { start, end, problem: { code: "map-key", message, mend: "choose another key" } };
  }
}

/** The CEL library drops these keys from map literals without a word. */
function dangerousKeys(source: string) {
  const tokens = tokenize(source);
  return tokens.filter(
    ({ kind, text }, i) =>
      kind === "string" && /^(["'])(?:__proto__|constructor|prototype)\1$/.test(text) && tokens[i + 1]?.text === ":",
  );
}

function modeOf({ root, path }: Reference, names: Names, steps: ReadonlyMap<string, StepFacts>): NumberMode {
  const [first, second, third] = path;
  if (root === "params" && first) return modeOfType(names.runbook.params.get(first.name)?.type);
  if (root !== "steps" || second?.name !== "outputs" || !third) return "plain";
  const outputs = steps.get(first?.name ?? "")?.outputs;
  return outputs && outputs !== "any" ? modeOfType(outputs.get(third.name)) : "plain";
}

function modeOfType(type: string | undefined): NumberMode {
  if (type === "double") return "number";
  return type === "google.protobuf.Duration" ? "duration" : "plain";
}

function celProblem(error: CelError, names: Names): Problem {
  const summary = error.summary ?? error.message;
  switch (error.code) {
    case "unknown_variable":
      return unknownName(/: (\S+)$/.exec(summary)?.[1] ?? "", names);
    case "no_matching_overload":
      return unknownFunction(summary);
    case "no_such_overload":
      return { code: "expression-type", message: reasonOf(error), mend: overloadMend(summary) };
    default:
      return { code: codeOf(error), message: syntaxWords(reasonOf(error)), ...mendOf(error) };
  }
}

function unknownName(name: string, names: Names): Problem {
  const known = ROOTS.filter((root) => availableRoot(root, names));
  const hint = nearest(name, known);
  const param = names.runbook.params.has(name) ? `params.${name}` : undefined;
  return {
    code: "unknown-name",
    message: `unknown name "${name}"`,
    mend: param
      ? `write: ${param}`
      : hint
        ? `write: ${hint}`
        : `known here: ${known.join(", ")}; a text stands in quotes: '${name}'`,
  };
}

function availableRoot(root: string, names: Names): boolean {
  if (root === "key") return names.key;
  if (root === "item" || root === "index") return names.item !== undefined;
  if (root === "stdout" || root === "stderr" || root === "exitCode" || root === "result") return names.output;
  if (root === "secrets") return names.secretsAllowed;
  return true;
}

const CEL_FUNCTIONS =
  "size string int double bool type has contains startsWith endsWith matches lowerAscii upperAscii trim split join map filter all exists exists_one timestamp substring indexOf".split(
    " ",
  );

function unknownFunction(summary: string): Problem {
  const match = /for '(?:(.*)\.)?(\w+)\((.*)\)'$/s.exec(summary);
  const [, receiver, called = "", args = ""] = match ?? [];
  const name = called.replace(/^runsheet_/, "");
  const ours = FUNCTIONS.find((candidate) => candidate.name === name);
  const given = args
    .split(", ")
    .filter((type) => type !== "")
    .map(typeWord)
    .join(", ");
  const on = receiver === undefined ? "" : ` of ${typeWord(receiver)}`;
  if (ours || CEL_FUNCTIONS.includes(name)) {
    return {
      code: "expression-type",
      message: `${name}()${on} does not take (${given})`,
      mend: ours ? `write: ${ours.usage}` : "convert the value: string(x), int(x), double(x)",
    };
  }
  const hint = nearest(name, [...FUNCTIONS.map((candidate) => candidate.name), ...CEL_FUNCTIONS]);
  const all = FUNCTIONS.map((candidate) => candidate.name).join(", ");
  return {
    code: "unknown-function",
    message: `there is no function ${name}()${on}`,
    mend: hint ? `write: ${hint}(…)` : `known: ${all}, and those of CEL`,
  };
}

function overloadMend(summary: string): string {
  if (/\+/.test(summary) && /string/.test(summary)) return "turn the other side into text: string(x)";
  return "convert one side: int(x), double(x), string(x)";
}

function codeOf(error: CelError): string {
  return error.name === "ParseError" ? "expression-syntax" : "expression-type";
}

const TOKEN_WORDS: Record<string, string> = {
  EOF: "the end",
  RPAREN: ")",
  LPAREN: "(",
  RBRACKET: "]",
  RBRACE: "}",
  IDENTIFIER: "a name",
  COLON: ":",
  COMMA: ",",
  DOT: ".",
  NUMBER: "a number",
  STRING: "a text",
  IN: "in",
  QUESTION: "?",
};

function syntaxWords(summary: string): string {
  const words = (token: string) => TOKEN_WORDS[token] ?? token;
  return summary
    .replace(/'(int|double|bool|dyn|google\.protobuf\.\w+)'/g, (_, type: string) => typeWord(type))
    .replace(
      /^Expected ([A-Z]+), got ([A-Z]+)$/,
      (_, a: string, b: string) => `expected ${words(a)}, but found ${words(b)}`,
    )
    .replace(/^Unexpected token: ([A-Z]+)$/, (_, a: string) => `did not expect ${words(a)} here`)
    .replace(/^Unexpected character: (.*)$/, "did not expect $1 here")
    .replace(/^Exceeded maxDepth.*$/, "it is nested too deeply")
    .replace(/^Exceeded max.*$/, "it is too large")
    .replace("Ternary condition must be bool, got", "the condition before ? must be a boolean, not")
    .replace("Logical operator requires bool operands, got", "&& and || need booleans, not");
}

function mendOf(error: CelError): { mend?: string } {
  const summary = error.summary ?? error.message;
  if (/Unexpected character: =/.test(summary)) return { mend: "write == to compare" };
  if (/Unexpected character: [&|]/.test(summary)) return { mend: "write && or ||" };
  if (/Unterminated string/.test(summary)) return { mend: "close the quote" };
  if (/Reserved identifier/.test(summary))
    return { mend: "this word is reserved in CEL; write it as a text in quotes" };
  if (error.name === "ParseError") return { mend: "see the CEL syntax: a == 'b' && c > 1 ? x : y" };
  if (/must be bool|requires bool/.test(summary)) return { mend: "compare it: … == 'value'" };
  return { mend: "convert or compare the value: string(x), int(x), x.name, x[0]" };
}
