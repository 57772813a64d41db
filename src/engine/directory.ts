import { dirname, resolve } from "node:path";
import type { Address } from "../domain/address.ts";
import type { Evaluated, Scope } from "../domain/expressions.ts";
import { type GroupNode, pathTo, undoneAddress } from "../domain/plan.ts";
import type { Run } from "./run.ts";

/** Where commands and relative paths of a step start: its `cwd`, else the directory of the runbook that it stands in. */
export function directoryOf(run: Run, at: Address, scope: Scope): Evaluated<string> {
  const path = pathTo(run.plan, at.startsWith("~undo/") ? undoneAddress(at) : at) ?? [];
  const base = dirname(runbookFile(run, path, at));
  const { cwd } = path.at(-1)?.node.step ?? {};
  if (!cwd) return { kind: "ok", value: base };
  const text = run.expressions.text(cwd, scope);
  return text.kind === "failed" ? text : { kind: "ok", value: resolve(base, text.value) };
}

function runbookFile(run: Run, path: NonNullable<ReturnType<typeof pathTo>>, at: Address): string {
  for (let index = path.length - 1; index > 0; index--) {
    const node = path[index]?.node as GroupNode;
    if (node.kind === "group" && node.call && path[index]?.at !== at) return node.call.runbook.file;
  }
  return run.plan.runbook.file;
}
