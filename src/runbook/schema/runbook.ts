import { basename, dirname } from "node:path";
import type { Command, ParamSpec, Runbook, SecretSource, Template } from "../../domain/runbook.ts";
import type { Names, ParamFacts, RunbookNames } from "../expression/names.ts";
import { secretVariable } from "../expression/render-command.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import type { CalledRunbook } from "./called.ts";
import { command } from "./command.ts";
import { type Context, withNames } from "./context.ts";
import { template, text } from "./leaves.ts";
import { celTypeOf } from "./outputs.ts";
import { param, paramNames } from "./param.ts";
import {
  byKind,
  type Field,
  field,
  headOf,
  listOf,
  mapOf,
  mapped,
  mismatch,
  object,
  readFields,
  type Shape,
} from "./shape.ts";
import { stepsRef, variableNames } from "./step-fields.ts";
import { readSteps } from "./steps.ts";

/** Steps of one runbook when all calls are written out. */
const MAX_STEPS = 10_000;

const version: Shape<1> = {
  expects: "the number 1",
  schema: { const: 1 },
  read(node, context) {
    if (node.kind === "scalar" && node.value === 1) return 1;
    if (node.kind !== "scalar" || typeof node.value !== "number")
      return mismatch(node, "the number 1", context, "write: runsheet: 1");
    const message = `this program reads version 1 of the language, but the file says ${node.value}`;
    context.report.add(node.range, {
      code: "language-version",
      message,
      mend: "update runsheet, or write: runsheet: 1",
    });
    return undefined;
  },
};

const secretMap = object(
  "a secret",
  {
    env: field(
      text("the name of an environment variable"),
      "From this environment variable of the process that runs the runbook.",
    ),
    file: field(template("a path"), "From this file, without its last line ending; relative to the runbook."),
    command: field(command, "What this command prints, without its last line ending."),
    prompt: field(text("a question"), "Asked on the terminal, not echoed."),
  },
  { synonyms: { run: "command", cmd: "command", path: "file", from: "env", variable: "env", ask: "prompt" } },
);

const secret: Shape<SecretSource> = {
  ...secretMap,
  read(node, context) {
    const fields = secretMap.read(node, context);
    if (!fields || node.kind !== "map") return undefined;
    const given = Object.keys(secretMap.schema.properties as object).filter((key) => entryOf(node, key));
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the secret has no source" : `a secret comes either from ${given.join(" or from ")}`;
      context.report.add(headOf(node), {
        code: "exclusive-keys",
        message,
        mend: "write one of: env, file, command, prompt",
      });
    }
    if (fields.env !== undefined) return { kind: "env", name: fields.env };
    if (fields.file) return { kind: "file", path: fields.file };
    if (fields.command) return { kind: "command", command: fields.command };
    return fields.prompt === undefined ? undefined : { kind: "prompt", question: fields.prompt };
  },
};

const pinMap = object("a context pin", {
  run: field(command, "A command that changes nothing; what it prints is the pin.", {
    required: { example: "command arguments" },
  }),
});

const pin: Shape<Command> = byKind<Command>("a command such as { run: kubectl config current-context }", {
  scalar: command,
  list: command,
  map: mapped(pinMap, ({ run }) => run),
});

const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export const RUNBOOK_FIELDS = {
  runsheet: field(version, "The version of the language: 1.", { required: { example: "1" } }),
  name: field(
    text("a name such as bp-switch", { pattern: NAME_PATTERN }),
    "Short name: lower-case letters, digits, dots and dashes. It names runs and the runbook on the command line.",
    {
      required: { example: "my-runbook" },
    },
  ),
  title: field(template("a title"), "One line for the operator; may hold ${{ params.… }}. Default: the name."),
  description: field(text("a description"), "What it is for and when to use it. Markdown."),
  params: field(
    mapOf("parameters", paramNames, param),
    "What must be known before the run begins: `-p name=value`, a file of parameters, a default, or a question.",
  ),
  secrets: field(
    mapOf("secrets", paramNames, secret),
    "Values that reach no argument, journal, log, screen or report. Used as ${{ secrets.name }} in shell lines, env: and with:.",
  ),
  env: field(
    listOf("variable", text("the name of an environment variable", { pattern: variableNames.pattern })),
    "Environment variables that expressions may read as env.NAME. Commands inherit all of them anyway.",
  ),
  context: field(
    mapOf("context pins", paramNames, pin),
    "Facts about the surroundings (kube context, account, chain id), taken at the start and compared before every step that changes something and at resume. A difference stops the run.",
  ),
  mutex: field(template("a key"), "Two runs with the same key never run at the same time on one state directory."),
  plugins: field(
    listOf("module", text("a path such as ./my-actions.js")),
    "Modules that export actions, relative to this file.",
  ),
  steps: field(stepsRef, "The steps, in order.", { required: { example: "and below it: - id: name" } }),
} as const;

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
