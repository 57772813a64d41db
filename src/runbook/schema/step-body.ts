import type { Effect } from "../../domain/action.ts";
import type { OutputSource, ParamSpec, Step, StepBody, TemplateTree } from "../../domain/runbook.ts";
import type { Names, StepFacts } from "../expression/names.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import { actionOutputs, checkedAction } from "./action.ts";
import type { CalledRunbook } from "./called.ts";
import type { Context } from "./context.ts";
import { readTree } from "./leaves.ts";
import { argumentFor } from "./literal.ts";
import { celTypeOf, leavesOutput, outputs, outputType } from "./outputs.ts";
import { specOf } from "./param.ts";
import { reportStrayWith } from "./probe.ts";
import { type Field, mismatch, readFields } from "./shape.ts";
import type { FieldsRead, Kind } from "./step.ts";
import { readSteps } from "./steps.ts";

/** What a kind of step comes to. */
export type BodyRead = {
  readonly body: StepBody;
  readonly effect: Effect;
  readonly outputs: { readonly sources: Readonly<Record<string, OutputSource>>; readonly types: StepFacts["outputs"] };
  readonly count: number;
  /** Ids of the steps inside, for a hint when one is looked for outside. */
  readonly inner: readonly string[];
};

export function readBody(
  kind: Kind,
  id: string,
  read: FieldsRead,
  node: MapNode,
  context: Context,
): BodyRead | undefined {
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
