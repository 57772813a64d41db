import { nearest } from "../suggest.ts";
import type { Problem } from "../yaml/report.ts";
import { FAN_OUT_MEMBERS, type Names, RUN_MEMBERS, STEP_MEMBERS, type StepFacts, type StepNames } from "./names.ts";
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
      return checkStep(reference, names);
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

function wholeRoot(root: string, all: readonly string[]): Problem {
  return {
    code: "whole-root",
    message: `"${root}" needs a name after it`,
    mend: all[0] === undefined ? `nothing is declared under ${root} yet` : `write: ${root}.${all[0]}`,
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

function checkStep(reference: Reference, names: Names): ReferenceCheck {
  const [id, member, output] = reference.path;
  const range = { start: reference.start, end: id?.end ?? reference.rootEnd };
  if (!id) return { range, problem: wholeRoot("steps", visibleIds(names.steps)) };
  const found = findStep(id.name, names);
  if (found.kind === "problem") return { range, problem: found.problem };
  const step = found.step;
  if (!member) return { range, step };
  const members: readonly string[] = step.fanOut ? FAN_OUT_MEMBERS : STEP_MEMBERS;
  if (!members.includes(member.name)) {
    return {
      range: { start: member.start, end: member.end },
      step,
      problem: unknownMember(step, member.name, members),
    };
  }
  if (member.name !== "outputs" || !output || step.outputs === "any" || step.outputs.has(output.name))
    return { range, step };
  return { range: { start: output.start, end: output.end }, step, problem: unknownOutput(step, output.name) };
}

type Found = { kind: "step"; step: StepFacts } | { kind: "problem"; problem: Problem };

function findStep(id: string, names: Names): Found {
  if (names.self?.id === id) return { kind: "step", step: names.self };
  for (let list = names.steps; list; list = list.outer) {
    const earlier = list.earlier.get(id);
    if (earlier && !list.parallel) return { kind: "step", step: earlier };
    const line = list.all.get(id);
    if (line !== undefined) return { kind: "problem", problem: notYet(id, line, list.parallel) };
  }
  return { kind: "problem", problem: unknownStep(id, names.steps) };
}

function notYet(id: string, line: number, parallel: boolean): Problem {
  if (parallel) {
    const message = `the step "${id}" (line ${line}) runs at the same time in a parallel group`;
    return { code: "parallel-reference", message, mend: "take one of the two steps out of the group" };
  }
  const message = `the step "${id}" (line ${line}) is not finished at this point`;
  return { code: "forward-reference", message, mend: "only steps that stand before this one can be looked at" };
}

function unknownStep(id: string, steps: StepNames | undefined): Problem {
  for (let list = steps; list; list = list.outer) {
    const group = list.inside.get(id);
    if (group === undefined) continue;
    return {
      code: "hidden-step",
      message: `the step "${id}" is inside "${group}" and cannot be seen from outside`,
      mend: `give "${group}" outputs: { name: "\${{ steps.${id}.outputs.… }}" } and write: steps.${group}.outputs.name`,
    };
  }
  const ids = visibleIds(steps);
  const hint = nearest(id, ids);
  return {
    code: "unknown-step",
    message: `there is no step "${id}"`,
    mend: hint
      ? `write: steps.${hint}`
      : ids.length > 0
        ? `known here: ${ids.slice(0, 8).join(", ")}`
        : "no step stands before this one",
  };
}

function visibleIds(steps: StepNames | undefined): string[] {
  const ids: string[] = [];
  for (let list = steps; list; list = list.outer) if (!list.parallel) ids.push(...list.earlier.keys());
  return ids;
}

function unknownMember(step: StepFacts, name: string, members: readonly string[]): Problem {
  if (step.fanOut && (name === "outputs" || name === "exitCode")) {
    return {
      code: "fan-out-outputs",
      message: `"${step.id}" is a fan-out: each of its items has outputs of its own`,
      mend: `write: steps.${step.id}.items['key'].outputs.…, or steps.${step.id}.items.map(k, steps.${step.id}.items[k].outputs.…)`,
    };
  }
  const hint = nearest(name, members);
  const isOutput = step.outputs !== "any" && step.outputs.has(name);
  return {
    code: "unknown-name",
    message: `a step has no "${name}"`,
    mend: isOutput
      ? `write: steps.${step.id}.outputs.${name}`
      : hint
        ? `write: steps.${step.id}.${hint}`
        : `known: ${members.join(", ")}`,
  };
}

function unknownOutput(step: StepFacts, name: string): Problem {
  const known = step.outputs === "any" ? [] : [...step.outputs.keys()];
  const hint = nearest(name, known);
  return {
    code: "unknown-output",
    message: `the step "${step.id}" (line ${step.line}) has no output "${name}"`,
    mend: hint
      ? `write: steps.${step.id}.outputs.${hint}`
      : known.length > 0
        ? `it has: ${known.join(", ")}`
        : `declare it there: outputs: { ${name}: "\${{ stdout }}" }`,
  };
}
