import type { Action } from "../../domain/action.ts";
import { nearest } from "../suggest.ts";
import { entryOf, type MapNode, type Node } from "../yaml/node.ts";
import type { Range } from "../yaml/source.ts";
import type { Context } from "./context.ts";
import { plainValue } from "./literal.ts";
import { headOf } from "./shape.ts";

/** Making code of a schema takes longer than one look by it. */
const CHECKED_ONCE = { jitless: true } as const;

/** The action that `uses` names, with its `with` checked as far as it is fixed; `undefined` when there is none. */
export function checkedAction(kind: string, node: MapNode, context: Context): Action | undefined {
  const range = entryOf(node, "uses")?.value.range ?? node.range;
  const action = context.actionOf(kind);
  if (!action) {
    reportUnknown(kind, range, context);
    return undefined;
  }
  checkWith(action, entryOf(node, "with")?.value, range, context);
  return action;
}

function reportUnknown(kind: string, range: Range, { report, actionKinds, pluginsUnknown }: Context): void {
  if (pluginsUnknown) {
    const message = `the action "${kind}" is not built in; whether a plugin has it was not checked`;
    report.add(range, { code: "unknown-action", severity: "warning", message, mend: "see: runsheet actions" });
    return;
  }
  const hint = nearest(kind, actionKinds) ?? actionKinds.find((known) => known.split(".")[0] === kind.split(".")[0]);
  const message = `there is no action "${kind}"`;
  report.add(range, { code: "unknown-action", message, mend: hint ? `write: ${hint}` : "see: runsheet actions" });
}

// The few facts of zod's own description of a schema that we look at; see https://zod.dev/packages/core.
type ZodDef = {
  readonly type?: string;
  readonly catchall?: unknown;
  readonly shape?: Record<string, ZodLike>;
  readonly format?: string;
};
type ZodLike = { readonly _zod?: { readonly def?: ZodDef } };

function defOf(schema: unknown): ZodDef | undefined {
  return (schema as ZodLike | undefined)?._zod?.def;
}

function checkWith(action: Action, node: Node | undefined, usesRange: Range, context: Context): void {
  if (node && node.kind !== "map") return;
  const shape = defOf(action.params)?.type === "object" ? defOf(action.params)?.shape : undefined;
  const unknown = new Set<string>();
  for (const { key, keyRange } of shape && node ? node.entries : []) {
    if (Object.hasOwn(shape as object, key) || catchesAll(action)) continue;
    unknown.add(key);
    const hint = nearest(key, Object.keys(shape as object));
    const message = `${action.kind} has no parameter "${key}"`;
    const mend = hint ? `write: ${hint}` : `it has: ${Object.keys(shape as object).join(", ")}`;
    context.report.add(keyRange, { code: "unknown-key", message, mend });
  }
  const issues = issuesOf(action, node);
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys" && issue.path.length === 0 && shape) continue;
    reportIssue(action, issue, node, usesRange, context);
  }
}

/** Unknown keys are allowed when the schema has a catch-all that accepts them (`z.looseObject`). */
function catchesAll(action: Action): boolean {
  const catchall = defOf(action.params)?.catchall;
  return catchall !== undefined && defOf(catchall)?.type !== "never";
}

type Issue = { readonly code: string; readonly path: readonly PropertyKey[]; readonly message: string };

function issuesOf(action: Action, node: Node | undefined): readonly Issue[] {
  try {
    const result = action.params.safeParse(node ? sample(node) : {}, CHECKED_ONCE);
    return result.success ? [] : (result.error.issues as unknown as readonly Issue[]);
  } catch {
    // Asynchronous refinements cannot run here; they are checked when the step runs.
    return [];
  }
}

/** The value with its holes as they stand; what is wrong at a hole is not reported. */
function sample(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(sample);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, sample(value)]));
}

function reportIssue(action: Action, issue: Issue, root: Node | undefined, usesRange: Range, context: Context): void {
  let node = root;
  let range = root?.kind === "map" ? headOf(root) : usesRange;
  const found: string[] = [];
  for (const key of issue.path) {
    const next = childOf(node, key);
    if (!next) {
      const path = [...found, String(key)].join(".");
      context.report.add(range, {
        code: "missing-key",
        message: `${action.kind} needs with: ${path}`,
        mend: `write: ${String(key)}: …`,
      });
      return;
    }
    found.push(String(key));
    node = next;
    range = next.range;
  }
  if (node && plainValue(node) === undefined) return;
  const where = found.length > 0 ? `with: ${found.join(".")} of ${action.kind}` : `the parameters of ${action.kind}`;
  context.report.add(range, {
    code: "bad-value",
    message: `${where}: ${issue.message}`,
    mend: `see: runsheet actions ${action.kind}`,
  });
}

function childOf(node: Node | undefined, key: PropertyKey): Node | undefined {
  if (node?.kind === "map") return entryOf(node, String(key))?.value;
  return node?.kind === "list" && typeof key === "number" ? node.items[key] : undefined;
}

/** Names and CEL types of an action's outputs, as far as its schema says. */
export function actionOutputs(action: Action): ReadonlyMap<string, string> | "any" {
  const def = defOf(action.outputs);
  if (def?.type !== "object" || !def.shape) return "any";
  return new Map(Object.entries(def.shape).map(([name, schema]) => [name, celType(schema)] as const));
}

function celType(schema: ZodLike): string {
  const def = defOf(schema);
  switch (def?.type) {
    case "string":
    case "enum":
      return "string";
    case "boolean":
      return "bool";
    case "array":
      return "list";
    default:
      return "dyn";
  }
}
