import { basename, dirname } from "node:path";
import type { ParamSpec, Runbook, Template } from "../../domain/runbook.ts";
import type { Names, ParamFacts, RunbookNames } from "../expression/names.ts";
import { secretVariable } from "../expression/render-command.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import type { CalledRunbook } from "./called.ts";
import { type Context, withNames } from "./context.ts";
import { celTypeOf } from "./outputs.ts";
import { paramNames } from "./param.ts";
import { RUNBOOK_FIELDS } from "./runbook-fields.ts";
import { type Field, headOf, mismatch, readFields, type Shape } from "./shape.ts";
import { readSteps } from "./steps.ts";

/** Steps of one runbook when all calls are written out. */
const MAX_STEPS = 10_000;

const SYNONYMS = {
  version: "runsheet",
  parameters: "params",
  inputs: "params",
  variables: "params",
  vars: "params",
  environment: "env",
  lock: "mutex",
  concurrency: "mutex",
  tasks: "steps",
  jobs: "steps",
  summary: "description",
  notes: "description",
  contexts: "context",
  pins: "context",
};

const anyNode: Shape<Node> = { expects: "a value", schema: {}, read: (node) => node };
const later = <T>(known: Field<T>): Field<Node> => ({ ...known, shape: anyNode });

// What needs the names of parameters and secrets is read after them.
const FIRST = {
  ...RUNBOOK_FIELDS,
  title: later(RUNBOOK_FIELDS.title),
  params: later(RUNBOOK_FIELDS.params),
  secrets: later(RUNBOOK_FIELDS.secrets),
  context: later(RUNBOOK_FIELDS.context),
  mutex: later(RUNBOOK_FIELDS.mutex),
  steps: later(RUNBOOK_FIELDS.steps),
};

/** A whole file. `base` has no names yet. */
export function readRunbook(node: Node, base: Context): CalledRunbook | undefined {
  const file = base.report.source.file;
  if (node.kind !== "map") {
    return mismatch(node, "a runbook: a map with runsheet, name and steps", base, "write: runsheet: 1");
  }
  const read = readFields(node, FIRST, "a runbook", base, { synonyms: SYNONYMS });
  const env = new Set(read.env ?? []);
  const params = readParams(read.params, withRunbook(base, { ...NO_NAMES, env }));
  const secretsNamed = namesOf(read.secrets);
  const names: RunbookNames = {
    params: new Map(Object.entries(params).map(([name, spec]) => [name, factsOf(spec)] as const)),
    secrets: new Set([...secretsNamed, ...Object.keys(params).filter((name) => params[name]?.type === "secret")]),
    env,
    context: new Set(namesOf(read.context)),
  };
  reportClashes(names, params, read.secrets, base);
  const early = withRunbook(base, { ...names, context: new Set() });
  const all = withRunbook(base, names);
  const secrets = read.secrets && RUNBOOK_FIELDS.secrets.shape.read(read.secrets, early);
  const pins = read.context && RUNBOOK_FIELDS.context.shape.read(read.context, early);
  const mutex = read.mutex && RUNBOOK_FIELDS.mutex.shape.read(read.mutex, all);
  const title = read.title && RUNBOOK_FIELDS.title.shape.read(read.title, early);
  const list = read.steps ? readSteps(read.steps, all, false) : NO_STEPS;
  if (list.count > MAX_STEPS) {
    const message = `with all calls written out the runbook has ${list.count} steps; at most ${MAX_STEPS} are allowed`;
    base.report.add(headOf(node), {
      code: "too-many-steps",
      message,
      mend: "repeat steps with forEach instead of call",
    });
  }
  const name = read.name ?? basename(dirname(file));
  const runbook: Runbook = {
    name,
    title: title ?? plainTitle(name, node, base),
    ...(read.description === undefined ? {} : { description: read.description }),
    params,
    secrets: Object.fromEntries(secrets ?? []),
    env: [...env],
    context: Object.fromEntries(pins ?? []),
    ...(mutex === undefined ? {} : { mutex }),
    plugins: read.plugins ?? [],
    steps: list.steps,
    file,
  };
  return { runbook, inside: { ...all.names, steps: list.names }, steps: list.count };
}

const NO_STEPS = { steps: [], names: undefined, count: 0 };

const NO_NAMES: RunbookNames = { params: new Map(), secrets: new Set(), env: new Set(), context: new Set() };

function withRunbook(context: Context, runbook: RunbookNames): Context {
  return withNames(context, { runbook });
}

export const NOTHING_KNOWN: Names = {
  runbook: NO_NAMES,
  steps: undefined,
  key: false,
  output: false,
  secretsAllowed: false,
};

/** In the order of the file: a default may look at the parameters above it. */
function readParams(node: Node | undefined, context: Context): Readonly<Record<string, ParamSpec>> {
  const params: Record<string, ParamSpec> = Object.create(null);
  if (!node) return params;
  if (node.kind !== "map") {
    mismatch(node, "parameters: a map of names", context, "write: params: { name: { type: string } }");
    return params;
  }
  const facts = new Map<string, ParamFacts>();
  for (const entry of node.entries) {
    const one: MapNode = { ...node, entries: [entry] };
    const known = withRunbook(context, { ...context.names.runbook, params: new Map(facts) });
    for (const [name, spec] of RUNBOOK_FIELDS.params.shape.read(one, known) ?? []) {
      params[name] = spec;
      facts.set(name, factsOf(spec));
    }
    // One that could not be read is known all the same.
    if (!facts.has(entry.key)) facts.set(entry.key, { type: "dyn", mayBeMissing: false, secret: false });
    if (!params[entry.key] && paramNames.pattern.test(entry.key))
      params[entry.key] = { type: "string", optional: false };
  }
  return params;
}

function factsOf(spec: ParamSpec): ParamFacts {
  const mayBeMissing = spec.optional && spec.default === undefined;
  return { type: celTypeOf(spec.type), mayBeMissing, secret: spec.type === "secret" };
}

function namesOf(node: Node | undefined): readonly string[] {
  return node?.kind === "map" ? node.entries.map((entry) => entry.key) : [];
}

function reportClashes(
  names: RunbookNames,
  params: Readonly<Record<string, ParamSpec>>,
  secrets: Node | undefined,
  { report }: Context,
): void {
  const taken = new Map<string, string>();
  for (const name of names.secrets) {
    const variable = secretVariable(name);
    const before = taken.get(variable);
    const isParam = params[name]?.type === "secret" && namesOf(secrets).includes(name);
    if (before !== undefined || isParam) {
      const range = (secrets?.kind === "map" && entryOf(secrets, name)?.keyRange) || { start: 0, end: 1 };
      const message = isParam
        ? `the secret "${name}" is also a parameter of type secret`
        : `the secrets "${before}" and "${name}" would use the same variable ${variable}`;
      report.add(range, { code: "duplicate-secret", message, mend: "give one of them another name" });
    }
    taken.set(variable, name);
  }
}

function plainTitle(name: string, node: MapNode, { report }: Context): Template {
  return { source: name, parts: [{ kind: "text", text: name }], span: spanAt(report.source, headOf(node)) };
}
