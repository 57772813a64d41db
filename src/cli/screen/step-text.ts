import { type PlanNode, planOf } from "../../domain/plan.ts";
import { fingerprint } from "../../runbook/index.ts";
import type { Loaded } from "../session/load.ts";

const MAX_LINES = 200;

/** The lines of each step as they stand in the file, by address pattern. */
export function stepTexts(loaded: Loaded): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, readonly string[]>();
  const linesOf = (bytes: Uint8Array): readonly string[] => Buffer.from(bytes).toString("utf8").split(/\r?\n/);
  files.set(loaded.file, linesOf(loaded.bytes));
  for (const call of loaded.calls) files.set(call.file, linesOf(call.bytes));
  const texts = new Map<string, readonly string[]>();
  const visit = (node: PlanNode): void => {
    const { file, line } = node.step.span;
    if (node.pattern !== "") texts.set(node.pattern, blockAt(files.get(file) ?? [], line - 1));
    if (node.kind === "group") node.children.forEach(visit);
    if (node.kind === "fan-out" && node.body.kind === "group") node.body.children.forEach(visit);
  };
  visit(planOf(loaded.runbook, {}, loaded.sha256, fingerprint).root);
  return texts;
}

/** The entry of a YAML list that begins at a line: that line and all below it that are indented further than its dash. */
function blockAt(lines: readonly string[], from: number): readonly string[] {
  const first = lines[from] ?? "";
  const dash = /^(\s*)-\s/.exec(first)?.[1]?.length ?? Math.max(0, indentOf(first) - 2);
  let to = from + 1;
  while (
    to < lines.length &&
    to - from < MAX_LINES &&
    (lines[to]?.trim() === "" || indentOf(lines[to] as string) > dash)
  )
    to++;
  while (to > from + 1 && lines[to - 1]?.trim() === "") to--;
  return lines.slice(from, to).map((line) => line.slice(Math.min(dash, indentOf(line))));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
