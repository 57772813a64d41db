import type { Problem } from "../yaml/report.ts";
import { type CelError, celProblem } from "./cel-problems.ts";
import { checkReference } from "./check-reference.ts";
import type { NumberMode } from "./convert.ts";
import { createEnvironments } from "./environments.ts";
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
  const environments = createEnvironments();
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
    const { environment, variableOf } = environments.for(names, [...steps.values()]);
    const checkable = rewrite(source, references, () => "plain", variableOf);
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
