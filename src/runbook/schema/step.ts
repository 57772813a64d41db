import type { Effect } from "../../domain/action.ts";
import type {
  Confirm,
  OutputSource,
  ParamSpec,
  Step,
  StepBody,
  Template,
  TemplateTree,
  Undo,
} from "../../domain/runbook.ts";
import type { Names, StepFacts } from "../expression/names.ts";
import { nearest } from "../suggest.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import { actionOutputs, checkedAction } from "./action.ts";
import type { CalledRunbook } from "./called.ts";
import { type Context, withNames } from "./context.ts";
import { readTree } from "./leaves.ts";
import { celTypeOf, leavesOutput, outputs, outputType } from "./outputs.ts";
import { argumentFor, specOf } from "./param.ts";
import { reportStrayWith } from "./probe.ts";
import { checkRules } from "./rules.ts";
import { type Field, headOf, mismatch, type ReadFields, readFields, type Shape } from "./shape.ts";
import { NO_RETRY, STEP_FIELDS, STEP_KINDS, STEP_SYNONYMS } from "./step-fields.ts";
import { readSteps } from "./steps.ts";

/** A step with what later expressions may know of it, and how many steps it stands for when it is carried out. */
export type StepRead = {
  readonly step: Step;
  readonly facts: StepFacts;
  readonly count: number;
  readonly inner: readonly string[];
};

type Kind = (typeof STEP_KINDS)[number];

const anyNode: Shape<Node> = { expects: "a value", schema: {}, read: (node) => node };

const later = <T>(known: Field<T>): Field<Node> => ({ ...known, shape: anyNode });

// These are read when it is known what they can look at.
const { forEach, with: withField, steps, outputs: outputsField, undo } = STEP_FIELDS;
const FIELDS = {
  ...STEP_FIELDS,
  forEach: later(forEach),
  with: later(withField),
  steps: later(steps),
  outputs: later(outputsField),
  undo: later(undo),
};

type FieldsRead = ReadFields<typeof FIELDS>;

/** Fields that belong to a fan-out as a whole and do not see its items. */
const OUTSIDE = new Set(["title", "notes", "when", "confirm", "forEach"]);

export function readStep(node: Node, outside: Context): StepRead | undefined {
  if (node.kind !== "map")
    return mismatch(node, "a step: a map with id and run (or another kind)", outside, "write: - id: name");
  const kind = kindOf(node, outside);
  const fanNode = entryOf(node, "forEach")?.value;
  const fan = fanNode && forEach.shape.read(fanNode, outside);
  const item = fanNode ? { item: fan?.itemType ?? "dyn", key: true } : {};
  const covered = outside.covered || entryOf(node, "confirm") !== undefined;
  const inside = withNames({ ...outside, covered }, item);
  const read: FieldsRead = readFields(node, FIELDS, "a step", inside, {
    synonyms: STEP_SYNONYMS,
    contextOf: (key) => (OUTSIDE.has(key) ? outside : inside),
  });
  const id = read.id ?? "?";
  const line = spanAt(outside.report.source, node.range).line;
  if (!kind) return undefined;
  const body = readBody(kind, id, read, node, inside);
  if (!body) return undefined;
  const facts: StepFacts = { id, line, fanOut: fanNode !== undefined, outputs: body.outputs.types };
  const self: StepFacts = { ...facts, fanOut: false };
  const undoNode = read.undo;
  const undoRead = undoNode && undo.shape.read(undoNode, withNames(inside, { self }));
  const step = assemble(id, read, body, fan?.forEach, undoRead, node, inside);
  checkRules(kind, step, node, body.effect, inside);
  return { step, facts, count: body.count, inner: body.inner };
}

function kindOf(node: MapNode, { report }: Context): Kind | undefined {
  const given = STEP_KINDS.filter((kind) => entryOf(node, kind));
  const kinds = given.length > 1 ? given.filter((kind) => kind !== "confirm") : given;
  const [first, second] = kinds;
  if (!first && !node.entries.some(({ key }) => meansKind(key))) {
    const message = "the step does nothing";
    report.add(headOf(node), { code: "no-kind", message, mend: `write one of: ${STEP_KINDS.join(", ")}` });
  } else if (second) {
    const range = entryOf(node, second)?.keyRange ?? node.range;
    report.add(range, {
      code: "exclusive-keys",
      message: `a step is either ${first} or ${second}, not both`,
      mend: "make two steps of it",
    });
  }
  return first;
}

/** A misspelt kind is reported as an unknown key; that the step does nothing is then only its echo. */
function meansKind(key: string): boolean {
  const synonym = Object.hasOwn(STEP_SYNONYMS, key) ? STEP_SYNONYMS[key] : undefined;
  return !Object.hasOwn(STEP_FIELDS, key) && (synonym ?? nearest(key, Object.keys(STEP_FIELDS)) ?? "") in KIND_SET;
}

const KIND_SET: Readonly<Record<string, true>> = Object.fromEntries(STEP_KINDS.map((kind) => [kind, true]));

/** What a kind of step comes to. */
type BodyRead = {
  readonly body: StepBody;
  readonly effect: Effect;
  readonly outputs: { readonly sources: Readonly<Record<string, OutputSource>>; readonly types: StepFacts["outputs"] };
  readonly count: number;
  /** Ids of the steps inside, for a hint when one is looked for outside. */
  readonly inner: readonly string[];
};

function readBody(kind: Kind, id: string, read: FieldsRead, node: MapNode, context: Context): BodyRead | undefined {
  if (read.with && kind !== "uses" && kind !== "call") reportStrayWith(node, context);
  switch (kind) {
    case "run":
      return read.run && leaf({ kind: "run", command: read.run }, "mutate", read, context, new Map());
    case "uses":
      return usesBody(read, node, context);
    case "confirm":
      return leaf({ kind: "confirm" }, "read", read, context, new Map());
    case "input":
      return inputBody(read, node, context);
    case "manual":
      return (
        read.manual &&
        leaf({ kind: "manual", instruction: read.manual }, "read", read, context, new Map([["note", "string"]]))
      );
    case "assert":
      return read.assert && leaf({ kind: "assert", ...read.assert }, "read", read, context, new Map());
    case "wait": {
      if (!read.wait) return undefined;
      const body: StepBody =
        "poll" in read.wait ? { kind: "wait-until", poll: read.wait.poll } : { kind: "wait", forMs: read.wait.forMs };
      return leaf(body, "read", read, context, new Map());
    }
    case "steps":
      return groupBody(id, read, context);
    case "call":
      return callBody(read, node, context);
    case "service":
      return read.service && leaf({ kind: "service", ...read.service }, "mutate", read, context, new Map());
    case "stop":
      return stopBody(read, node, context);
  }
}

function leaf(body: StepBody, effect: Effect, read: FieldsRead, context: Context, own: StepFacts["outputs"]): BodyRead {
  const outputs = readOutputs(read.outputs, context, leavesOutput(body.kind), own);
  return { body, effect: read.effect ?? effect, outputs, count: 1, inner: [] };
}

function readOutputs(
  node: Node | undefined,
  context: Context,
  useOutput: boolean,
  own: StepFacts["outputs"],
): BodyRead["outputs"] {
  const declared = node && outputs(useOutput).read(node, context);
  const sources: Record<string, OutputSource> = Object.create(null);
  const types = new Map(own === "any" ? [] : own);
  for (const [name, source] of declared ?? []) {
    sources[name] = source;
    types.set(name, outputType(source, context, useOutput));
  }
  return { sources, types: own === "any" || (node && !declared) ? "any" : types };
}

function usesBody(read: FieldsRead, node: MapNode, context: Context): BodyRead | undefined {
  if (read.uses === undefined) return undefined;
  const tree = withTree(read.with, context);
  const action = checkedAction(read.uses, node, context);
  const body: StepBody = { kind: "uses", action: read.uses, with: tree };
  return leaf(body, action?.effect ?? "mutate", read, context, action ? actionOutputs(action) : "any");
}

function withTree(node: Node | undefined, context: Context): TemplateTree {
  if (!node) return { kind: "map", entries: [] };
  if (node.kind !== "map") mismatch(node, "a map of parameters", context, "write: with: { name: value }");
  return readTree(node, context, { secrets: true });
}

function inputBody(read: FieldsRead, node: MapNode, context: Context): BodyRead | undefined {
  if (!read.input?.question) return undefined;
  const { question, ...fields } = read.input;
  const map = entryOf(node, "input")?.value;
  const spec: ParamSpec = specOf(fields, map?.kind === "map" ? map : node, context);
  return leaf({ kind: "input", question, spec }, "read", read, context, new Map([["value", celTypeOf(spec.type)]]));
}

function groupBody(id: string, read: FieldsRead, context: Context): BodyRead | undefined {
  if (!read.steps) return undefined;
  const parallel = read.parallel ?? false;
  const list = readSteps(read.steps, context, parallel, id);
  const body: StepBody = { kind: "group", parallel, steps: list.steps };
  const insideNames: Names = { ...context.names, steps: { ...list.names, parallel: false } };
  const outputs = readOutputs(read.outputs, { ...context, names: insideNames }, false, new Map());
  return {
    body,
    effect: read.effect ?? strongest(list.steps),
    outputs,
    count: list.count + 1,
    inner: [...list.names.all.keys()],
  };
}

function strongest(steps: readonly Step[]): Effect {
  const effects = new Set(steps.map((step) => step.effect));
  return effects.has("destroy") ? "destroy" : effects.has("mutate") ? "mutate" : "read";
}

function callBody(read: FieldsRead, node: MapNode, context: Context): BodyRead | undefined {
  if (read.call === undefined) return undefined;
  const range = entryOf(node, "call")?.value.range ?? node.range;
  const called = context.called(read.call, range);
  if (!called) return undefined;
  const given = callArguments(called, read.with, node, context);
  const body: StepBody = { kind: "call", runbook: called.runbook, with: given };
  const outputs = readOutputs(read.outputs, { ...context, names: called.inside }, false, new Map());
  return { body, effect: read.effect ?? strongest(called.runbook.steps), outputs, count: called.steps + 1, inner: [] };
}

function callArguments(
  { runbook }: CalledRunbook,
  node: Node | undefined,
  step: MapNode,
  context: Context,
): readonly (readonly [string, TemplateTree])[] {
  if (node && node.kind !== "map") mismatch(node, "a map of parameters", context, "write: with: { name: value }");
  const entries = node?.kind === "map" ? node.entries : [];
  const fields = Object.fromEntries(
    Object.entries(runbook.params).map(([name, spec]): [string, Field<TemplateTree>] => [
      name,
      {
        doc: spec.description ?? name,
        shape: { expects: spec.type, schema: {}, read: (value, at) => argumentFor(spec, name, value, at) },
      },
    ]),
  );
  const map: MapNode = { kind: "map", range: node?.range ?? step.range, entries };
  const read = readFields(map, fields, `the runbook "${runbook.name}"`, context);
  for (const [name, spec] of Object.entries(runbook.params)) {
    const missing = spec.default === undefined && !spec.optional && spec.type !== "secret";
    if (!missing || entries.some((entry) => entry.key === name)) continue;
    const range = entryOf(step, "with")?.keyRange ?? entryOf(step, "call")?.keyRange ?? step.range;
    const message = `the runbook "${runbook.name}" needs the parameter "${name}"`;
    context.report.add(range, { code: "missing-param", message, mend: `write: with: { ${name}: … }` });
  }
  return Object.entries(read).filter((entry): entry is [string, TemplateTree] => entry[1] !== undefined);
}

function stopBody(read: FieldsRead, node: MapNode, context: Context): BodyRead | undefined {
  if (read.stop === undefined) return undefined;
  let known = false;
  for (let list = context.names.steps; list && !known; list = list.outer) known = list.earlier.has(read.stop);
  if (!known) {
    const range = entryOf(node, "stop")?.value.range ?? node.range;
    const message = `no step "${read.stop}" stands before this one`;
    context.report.add(range, { code: "unknown-step", message, mend: "write the id of an earlier service step" });
  }
  return leaf({ kind: "stop-service", service: read.stop }, "read", read, context, new Map());
}

function assemble(
  id: string,
  read: FieldsRead,
  { body, effect, outputs }: BodyRead,
  forEach: Step["forEach"],
  undo: Undo | undefined,
  node: MapNode,
  context: Context,
): Step {
  const confirm = confirmOf(read, id);
  const probes = read.verify !== undefined || read.guard !== undefined;
  const onInterrupt = effect === "read" || read.idempotent ? "rerun" : probes ? "probe" : "ask";
  return {
    id,
    body,
    ...given("forEach", forEach),
    ...given("title", read.title),
    ...given("notes", read.notes),
    ...given("when", read.when),
    effect,
    ...given("confirm", confirm),
    ...given("guard", read.guard),
    ...given("verify", read.verify),
    ...given("preview", read.preview),
    ...given("timeoutMs", read.timeout),
    retry: read.retry ?? NO_RETRY,
    onFailure: read.onFailure ?? "ask",
    onInterrupt: read.onInterrupt ?? onInterrupt,
    idempotent: read.idempotent ?? false,
    ...given("undo", undo),
    outputs: outputs.sources,
    env: Object.fromEntries(read.env ?? []),
    ...given("cwd", read.cwd),
    sensitive: read.sensitive ?? false,
    span: spanAt(context.report.source, headOf(node)),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}

function confirmOf(read: FieldsRead, id: string): Confirm | undefined {
  if (read.confirm !== true) return read.confirm;
  const title = read.title;
  if (title) return { message: title };
  const source = `Carry out ${id}?`;
  const span = { file: "", line: 1, column: 1, length: 1 };
  const message: Template = { source, parts: [{ kind: "text", text: source }], span };
  return { message };
}
