import type { Environment } from "@marcbachmann/cel-js/evaluator";
import { baseEnvironment } from "./functions.ts";
import { type Names, RUN_MEMBERS, type RunbookNames, type StepFacts } from "./names.ts";
import { stepKey } from "./step-key.ts";

const DYNAMIC_MAP = "map<string, dyn>";

/** CEL environments that know the declared types, for checking only. Made once per set of names. */
export function createEnvironments(): (names: Names, steps: readonly StepFacts[]) => Environment {
  const byRunbook = new WeakMap<RunbookNames, Map<string, Environment>>();
  return (names, steps) => {
    let known = byRunbook.get(names.runbook);
    if (!known) {
      known = new Map([["", runbookEnvironment(names.runbook)]]);
      byRunbook.set(names.runbook, known);
    }
    const key = [
      names.item ?? "",
      names.key ? "key" : "",
      names.output ? "output" : "",
      ...steps.map(({ id, line }) => `${id}:${line}`),
    ].join("\n");
    let environment = known.get(key);
    if (!environment) {
      environment = placeEnvironment(known.get("") as Environment, names, steps);
      if (known.size < MAX_KEPT) known.set(key, environment);
    }
    return environment;
  };
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
  if (steps.length > 0) {
    const fields = Object.fromEntries(
      steps.flatMap((step) => {
        const type = stepType(environment, step);
        return [
          [step.id, type],
          [stepKey(step.id), type],
        ];
      }),
    );
    environment.registerType("steps", { fields }).registerVariable("steps", "steps");
  }
  return environment;
}

function stepType(environment: Environment, { id, fanOut, outputs }: StepFacts): string {
  let outputsType = DYNAMIC_MAP;
  if (outputs !== "any") {
    outputsType = `outputs of ${id}`;
    environment.registerType(outputsType, { fields: Object.fromEntries(outputs) });
  }
  const name = `step ${id}`;
  const common = { ok: "bool", skipped: "bool", failed: "bool" };
  if (!fanOut) {
    environment.registerType(name, { fields: { ...common, exitCode: "int", outputs: outputsType } });
    return name;
  }
  const item = `item of ${id}`;
  environment.registerType(item, { fields: { ok: "bool", value: "dyn", outputs: outputsType } });
  environment.registerType(name, { fields: { ...common, counts: "map<string, int>", items: `map<string, ${item}>` } });
  return name;
}
