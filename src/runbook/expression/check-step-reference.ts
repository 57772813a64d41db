import { nearest } from "../suggest.ts";
import type { Problem } from "../yaml/report.ts";
import type { ReferenceCheck } from "./check-reference.ts";
import { FAN_OUT_MEMBERS, type Names, STEP_MEMBERS, type StepFacts, type StepNames } from "./names.ts";
import type { Reference } from "./references.ts";

/** Is there the step, the member and the output that a reference to `steps` names? */
export function checkStepReference(reference: Reference, names: Names): ReferenceCheck {
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

export function wholeRoot(root: string, all: readonly string[]): Problem {
  return {
    code: "whole-root",
    message: `"${root}" needs a name after it`,
    mend: all[0] === undefined ? `nothing is declared under ${root} yet` : `write: ${root}.${all[0]}`,
  };
}
