import type { Environment } from "@marcbachmann/cel-js/evaluator";
import { baseEnvironment } from "./functions.ts";
import { type Names, RUN_MEMBERS, type RunbookNames, type StepFacts } from "./names.ts";

const DYNAMIC_MAP = "map<string, dyn>";

/** CEL environments that know the declared types, for checking only. Made once per set of names. */
export type Environments = {
  /** Steps of equal shape share a variable, so that a long runbook needs few environments. */
  for(names: Names, steps: readonly StepFacts[]): { readonly environment: Environment; variableOf(id: string): string };
};

export function createEnvironments(): Environments {
  const byRunbook = new WeakMap<RunbookNames, Map<string, Environment>>();
  return {
    for(names, steps) {
      let known = byRunbook.get(names.runbook);
      if (!known) {
        known = new Map([["", runbookEnvironment(names.runbook)]]);
        byRunbook.set(names.runbook, known);
      }
      const shapeOfId = new Map(steps.map((step) => [step.id, shapeOf(step)]));
      const shapes = [...new Set(shapeOfId.values())].sort();
      const place = [names.item ?? "", names.key ? "key" : "", names.output ? "output" : ""];
      const key = [...place, ...shapes].join("\n");
      let environment = known.get(key);
      if (!environment) {
        const examples = shapes.map((shape) => steps.find((step) => shapeOfId.get(step.id) === shape) as StepFacts);
        environment = placeEnvironment(known.get("") as Environment, names, examples);
        if (known.size < MAX_KEPT) known.set(key, environment);
      }
      return { environment, variableOf: (id) => stepVariable(shapes.indexOf(shapeOfId.get(id) ?? "")) };
    },
  };
}

function shapeOf({ fanOut, outputs }: StepFacts): string {
  return `${fanOut ? "fan-out" : "step"} ${outputs === "any" ? "any" : JSON.stringify([...outputs])}`;
}

function stepVariable(index: number): string {
  return `runsheet_step_${index}`;
}

const MAX_KEPT = 500;

function runbookEnvironment(names: RunbookNames): Environment {
  const environment = baseEnvironment();
  const fields = (entries: Iterable<readonly [string, string]>) => ({ fields: Object.fromEntries(entries) });
  const struct = (name: string, entries: Iterable<readonly [string, string]>) =>
    environment.registerType(name, fields(entries) as never).registerVariable(name, name);
  struct(
    "params",
    [...names.params].map(([name, { type }]) => [name, type] as const),
  );
  for (const [root, members] of [
    ["secrets", names.secrets],
    ["env", names.env],
    ["context", names.context],
  ] as const) {
    struct(
      root,
      [...members].map((name) => [name, "string"] as const),
    );
  }
  struct(
    "run",
    Object.entries(RUN_MEMBERS).map(([name, { type }]) => [name, type] as const),
  );
  return environment;
}

function placeEnvironment(base: Environment, names: Names, steps: readonly StepFacts[]): Environment {
  const environment = base.clone();
  if (names.item !== undefined) {
    environment.registerVariable("item", names.item).registerVariable("index", "int");
    if (names.key) environment.registerVariable("key", "string");
  }
  if (names.output) {
    environment.registerVariable("stdout", "string").registerVariable("stderr", "string");
    environment.registerVariable("exitCode", "int").registerVariable("result", "dyn");
  }
  for (const [index, step] of steps.entries()) {
    environment.registerVariable(stepVariable(index), stepType(environment, step, index));
  }
  return environment;
}

function stepType(environment: Environment, { fanOut, outputs }: StepFacts, index: number): string {
  let outputsType = DYNAMIC_MAP;
  if (outputs !== "any") {
    outputsType = `outputs ${index}`;
    environment.registerType(outputsType, { fields: Object.fromEntries(outputs) });
  }
  const name = `step ${index}`;
  const common = { ok: "bool", skipped: "bool", failed: "bool" };
  if (!fanOut) {
    environment.registerType(name, { fields: { ...common, exitCode: "int", outputs: outputsType } });
    return name;
  }
  const item = `item ${index}`;
  environment.registerType(item, { fields: { ok: "bool", value: "dyn", outputs: outputsType } });
  environment.registerType(name, { fields: { ...common, counts: "map<string, int>", items: `map<string, ${item}>` } });
  return name;
}
