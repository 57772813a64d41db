import { nearest } from "../suggest.ts";
import type { Problem } from "../yaml/report.ts";
import { checkStepReference, wholeRoot } from "./check-step-reference.ts";
import { type Names, RUN_MEMBERS, type StepFacts } from "./names.ts";
import type { PathSegment, Reference } from "./references.ts";

export type ReferenceCheck = {
  readonly range: { readonly start: number; readonly end: number };
  readonly problem?: Problem;
  readonly step?: StepFacts;
};

/** Is there what a reference names, and may it be seen from its place? */
export function checkReference(reference: Reference, names: Names): ReferenceCheck {
  const [first] = reference.path;
  const range = { start: reference.start, end: first?.end ?? reference.rootEnd };
  const bad = (problem: Problem): ReferenceCheck => ({ range, problem });
  const { runbook } = names;
  switch (reference.root) {
    case "steps":
      return checkStepReference(reference, names);
    case "params":
      return { range, ...checkParam(reference, names) };
    case "secrets":
      if (!names.secretsAllowed) return bad(SECRET_PLACE);
      return {
        range,
        ...memberOf("secrets", first, runbook.secrets, "declare it under: secrets: { NAME: { env: VARIABLE } }"),
      };
    case "env":
      return { range, ...memberOf("env", first, runbook.env, `declare it: env: [${first?.name ?? "NAME"}]`) };
    case "context":
      return {
        range,
        ...memberOf("context", first, runbook.context, "declare it under: context: { NAME: { run: … } }"),
      };
    case "run":
      return {
        range,
        ...memberOf("run", first, Object.keys(RUN_MEMBERS), `known: ${Object.keys(RUN_MEMBERS).join(", ")}`),
      };
    case "key":
      return names.key ? { range } : bad(itemPlace(reference.root));
    case "item":
    case "index":
      return names.item === undefined ? bad(itemPlace(reference.root)) : { range };
    case "stdout":
    case "stderr":
    case "exitCode":
    case "result":
      return names.output ? { range } : bad(outputPlace(reference.root));
    default:
      return { range };
  }
}

const SECRET_PLACE: Problem = {
  code: "secret-place",
  message: "a secret would become visible here",
  mend: "use secrets only in run: lines, in env: and in with: of an action",
};

function itemPlace(root: string): Problem {
  return {
    code: "item-place",
    message: `"${root}" is known only inside a step with forEach (in title, when, confirm and forEach itself it is not)`,
    mend: "move it into the step's body, or give the step forEach",
  };
}

function outputPlace(root: string): Problem {
  return {
    code: "output-place",
    message: `"${root}" is known only where a command or action has just ended: in outputs and in verify`,
    mend: "keep it in outputs and write: steps.<id>.outputs.<name>",
  };
}

function memberOf(
  root: string,
  first: PathSegment | undefined,
  known: Iterable<string>,
  declare: string,
): { problem?: Problem } {
  const all = [...known];
  if (!first) return { problem: wholeRoot(root, all) };
  if (all.includes(first.name)) return {};
  const hint = nearest(first.name, all);
  return {
    problem: {
      code: `unknown-${root === "secrets" ? "secret" : root}`,
      message: `there is no ${root}.${first.name}`,
      mend: hint ? `write: ${root}.${hint}` : declare,
    },
  };
}

function checkParam({ path: [first], probed }: Reference, { runbook }: Names): { problem?: Problem } {
  const missing = memberOf(
    "params",
    first,
    runbook.params.keys(),
    `declare it under: params: { ${first?.name}: { type: string } }`,
  );
  if (missing.problem) {
    const code = missing.problem.code === "unknown-params" ? "unknown-param" : missing.problem.code;
    return { problem: { ...missing.problem, code } };
  }
  const name = first?.name as string;
  const param = runbook.params.get(name);
  if (param?.secret) {
    const message = `the parameter "${name}" is a secret`;
    return { problem: { code: "secret-param", message, mend: `write: secrets.${name}` } };
  }
  if (!param?.mayBeMissing || probed) return {};
  return {
    problem: {
      code: "maybe-missing",
      severity: "warning",
      message: `the parameter "${name}" is optional and may be missing`,
      mend: `write: has(params.${name}) ? params.${name} : …`,
    },
  };
}
