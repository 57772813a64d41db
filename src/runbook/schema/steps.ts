import type { Step } from "../../domain/runbook.ts";
import type { StepNames } from "../expression/names.ts";
import { entryOf, type Node } from "../yaml/node.ts";
import { spanAt } from "../yaml/source.ts";
import { type Context, withNames } from "./context.ts";
import { checkOrder } from "./rules.ts";
import { mismatch, scalarText } from "./shape.ts";
import { readStep } from "./step.ts";

export type StepsRead = { readonly steps: readonly Step[]; readonly names: StepNames; readonly count: number };

/** A list of steps in order, each seeing those before it. */
export function readSteps(node: Node, context: Context, parallel: boolean, group?: string): StepsRead {
  const names: StepNames = {
    earlier: new Map(),
    all: node.kind === "list" ? idsOf(node.items, context) : new Map(),
    parallel,
    inside: new Map(),
    outer: context.names.steps,
  };
  if (node.kind !== "list") {
    mismatch(node, "a list of steps", context, "write: steps: and below it: - id: name");
    return { steps: [], names, count: 0 };
  }
  if (node.items.length === 0) {
    const message = group === undefined ? "the runbook has no steps" : `the group "${group}" has no steps`;
    context.report.add(node.range, { code: "empty-list", message, mend: "write: - id: name" });
  }
  const steps: Step[] = [];
  let count = 0;
  for (const item of node.items) {
    const read = readStep(item, withNames(context, { steps: names }));
    const id = idOf(item);
    // A step that could not be read is known all the same: references to it are no further problem.
    const line = spanAt(context.report.source, item.range).line;
    if (id !== undefined) names.earlier.set(id, read?.facts ?? { id, line, fanOut: false, outputs: "any" });
    if (!read) continue;
    for (const inner of read.inner) names.inside.set(inner, read.step.id);
    steps.push(read.step);
    count += read.count;
  }
  if (!parallel) checkOrder(steps, context);
  return { steps, names, count };
}

function idsOf(items: readonly Node[], { report }: Context): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const item of items) {
    const id = idOf(item);
    if (id === undefined || item.kind !== "map") continue;
    const range = entryOf(item, "id")?.value.range ?? item.range;
    const line = spanAt(report.source, range).line;
    const before = lines.get(id);
    if (before === undefined) lines.set(id, line);
    else {
      const message = `the id "${id}" is already taken by the step in line ${before}`;
      report.add(range, { code: "duplicate-id", message, mend: `write: id: ${id}-2` });
    }
  }
  return lines;
}

function idOf(item: Node): string | undefined {
  const entry = item.kind === "map" ? entryOf(item, "id") : undefined;
  return entry && scalarText(entry.value);
}
