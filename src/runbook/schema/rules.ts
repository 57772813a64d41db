import type { Effect } from "../../domain/action.ts";
import type { Expressions } from "../../domain/expressions.ts";
import type { Step, Template } from "../../domain/runbook.ts";
import { createExpressions } from "../expression/create.ts";
import { referencesOf } from "../expression/references.ts";
import { cutTemplate } from "../template.ts";
import { entryOf, type MapNode } from "../yaml/node.ts";
import type { Context } from "./context.ts";
import { headOf } from "./shape.ts";
import type { STEP_KINDS } from "./step-fields.ts";

type Kind = (typeof STEP_KINDS)[number];

const ANY = ["id", "title", "notes", "when", "confirm", "forEach", "onFailure"];
const EXECUTED = [
  ...["effect", "guard", "verify", "timeout", "retry", "onInterrupt", "idempotent", "undo", "outputs", "env", "cwd"],
  "sensitive",
];

/** Which fields mean something for which kind. */
const MEANINGFUL: Readonly<Record<Kind, readonly string[]>> = {
  run: [...EXECUTED, "preview"],
  uses: [...EXECUTED, "with"],
  input: ["guard", "outputs", "sensitive"],
  manual: ["guard", "effect", "undo"],
  assert: [],
  wait: ["env", "cwd"],
  steps: ["parallel", "outputs"],
  call: ["with", "outputs"],
  service: ["effect", "guard", "env", "cwd", "undo", "retry", "onInterrupt", "idempotent", "sensitive"],
  stop: [],
  confirm: [],
};

/** What no single field shows: fields that have no effect, missing reasons, missing confirmations. */
export function checkRules(kind: Kind, step: Step, node: MapNode, effect: Effect, context: Context): void {
  for (const { key, keyRange } of node.entries) {
    if (key === kind || ANY.includes(key) || MEANINGFUL[kind].includes(key)) continue;
    // Unknown keys and second kinds are reported where they are read.
    if (!EXECUTED.includes(key) && key !== "preview" && key !== "parallel") continue;
    context.report.add(keyRange, {
      code: "stray-key",
      message: `"${key}" has no effect on a step of kind ${kind}`,
      mend: strayMend(kind, key),
    });
  }
  checkReason(kind, step, node, effect, context);
  checkDestroy(kind, node, effect, context);
  checkConstant(step, node, context);
}

function strayMend(kind: Kind, key: string): string {
  if (kind === "steps" || kind === "call") return "put it on the steps inside";
  if (key === "parallel") return "it belongs to a group: steps: […], parallel: true";
  return "remove it";
}

/** A step that changes the world must say what an interruption in its middle means; the operator cannot guess it. */
function checkReason(kind: Kind, step: Step, node: MapNode, effect: Effect, context: Context): void {
  const { report, lenient } = context;
  if (step.onInterrupt === "probe" && entryOf(node, "onInterrupt") && !step.verify && !step.guard) {
    const range = entryOf(node, "onInterrupt")?.value.range ?? node.range;
    const message = "onInterrupt: probe needs something to ask";
    report.add(range, { code: "no-probe", message, mend: "write: verify: { run: … } or guard: { run: … }" });
  }
  if ((kind !== "run" && kind !== "uses") || effect === "read") return;
  if (step.guard || (step.verify && !looksAtOutput(step.verify.probe)) || step.idempotent) return;
  if (entryOf(node, "onInterrupt") || recoversItself(step, context)) return;
  const onlyOutput = step.verify ? " (its verify looks at output that is then not there)" : "";
  report.add(headOf(node), {
    code: "no-reason",
    severity: lenient ? "warning" : "error",
    message: `if this step is interrupted, nobody can know whether it did its work${onlyOutput}`,
    mend:
      "write one of: effect: read (it changes nothing) · verify: { run: … } or guard: { run: … } (the world can be asked) · " +
      "idempotent: true (again does no harm) · onInterrupt: ask (a person decides)",
  });
}

function recoversItself({ body }: Step, { actionOf, pluginsUnknown }: Context): boolean {
  if (body.kind !== "uses") return false;
  const action = actionOf(body.action);
  return action ? action.repeatable || action.check !== undefined : pluginsUnknown || body.action !== "";
}

function looksAtOutput(probe: NonNullable<Step["verify"]>["probe"]): boolean {
  if (probe.kind !== "expression") return false;
  return probe.that.parts.some(
    (part) =>
      part.kind === "expression" &&
      referencesOf(part.source).some(({ root }) => ["stdout", "stderr", "exitCode", "result"].includes(root)),
  );
}

function checkDestroy(kind: Kind, node: MapNode, effect: Effect, { report, covered }: Context): void {
  if (effect !== "destroy" || covered || kind === "steps" || kind === "call") return;
  const range = entryOf(node, "effect")?.value.range ?? headOf(node);
  report.add(range, {
    code: "destroy-unconfirmed",
    message: "a step that destroys must ask first",
    mend: "write: confirm: { message: what will be lost, type: its name }",
  });
}

function checkConstant(step: Step, node: MapNode, { report }: Context): void {
  if (step.when && constantOf(step.when) === false) {
    const range = entryOf(node, "when")?.value.range ?? node.range;
    report.add(range, {
      code: "unreachable",
      severity: "warning",
      message: "this step is never carried out: when is always false",
      mend: "remove the step, or let when depend on a parameter",
    });
  }
}

/** Reports steps behind one that always stops the run. */
export function checkOrder(steps: readonly Step[], { report }: Context): void {
  const stopper = steps.findIndex(alwaysStops);
  const next = steps[stopper + 1];
  const stop = steps[stopper];
  if (!stop || !next) return;
  const { lineStarts } = report.source;
  const start = (lineStarts[next.span.line - 1] ?? 0) + next.span.column - 1;
  report.add(
    { start, end: start + next.span.length },
    {
      code: "unreachable",
      severity: "warning",
      message: `the steps from here on are never reached: "${stop.id}" (line ${stop.span.line}) always stops the run`,
      mend: `give "${stop.id}" a when, or remove what follows`,
    },
  );
}

function alwaysStops({ body, when, forEach, onFailure, retry, guard }: Step): boolean {
  if (forEach || guard || (when && constantOf(when) !== true)) return false;
  if (body.kind === "assert") return onFailure !== "continue" && constantOf(body.that) === false;
  if (body.kind !== "run" || body.command.kind !== "line" || onFailure !== "stop" || retry.onExit.length > 0)
    return false;
  return /^\s*(?:false|exit\s+0*[1-9]\d*)\s*;?\s*$/.test(body.command.line.source);
}

let expressions: Expressions | undefined;

/** The value of a condition that looks at nothing and calls nothing (a call could take its time), or `undefined`. */
function constantOf(condition: Template): boolean | undefined {
  const [piece] = cutTemplate(condition.source);
  if (piece?.kind !== "hole" || referencesOf(piece.source).length > 0 || /\w\s*\(/.test(piece.source)) return undefined;
  expressions ??= createExpressions();
  const result = expressions.condition(condition, {
    params: {},
    steps: {},
    context: {},
    env: {},
    run: {},
    secrets: {},
  });
  return result.kind === "ok" ? result.value : undefined;
}
