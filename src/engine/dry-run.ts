import type { Effect } from "../domain/action.ts";
import type { Address } from "../domain/address.ts";
import { childAddress, encodeKey, ROOT } from "../domain/address.ts";
import type { Event, RecordedEvent } from "../domain/event.ts";
import { needsConfirmation, newCursors } from "../domain/next-moves.ts";
import type { FanOutNode, GroupNode, PlanNode } from "../domain/plan.ts";
import { reduce } from "../domain/reduce.ts";
import type { ForEach } from "../domain/runbook.ts";
import { emptyState } from "../domain/state.ts";
import { type Grade, probeStep } from "./dry-run-step.ts";
import { frozen, listItems } from "./freeze.ts";
import { titleOf } from "./prompts.ts";
import type { EngineDeps, Run } from "./run.ts";
import { scopeOf } from "./scope.ts";

/** One row of the plan: what would happen at a step, and how well that is known. */
export type PlanRow = {
  readonly at: Address;
  readonly depth: number;
  readonly kind: string;
  readonly title: string;
  readonly effect: Effect;
  /** The resolved command, the action with its parameters, or the condition; a template where a value is not known yet. */
  readonly would: readonly string[];
  readonly grade: Grade;
  readonly asks: "no" | "yes" | "typed";
  /** `false`: it would be skipped. `unknown`: decided by what earlier steps find. */
  readonly wanted: boolean | "unknown";
  readonly items?: number | "unknown";
};

export type DryRunDeps = Omit<EngineDeps, "state" | "journal" | "control" | "frontEnds" | "options" | "actor"> & {
  /** Carry out steps that only read, and previews; without it nothing outside of this process is touched. */
  readonly probe: boolean;
};

/** Walks the whole plan without changing the world. What depends on steps that were not carried out is shown as unknown. */
export async function dryRun(deps: DryRunDeps): Promise<readonly PlanRow[]> {
  const rows: PlanRow[] = [];
  await visitGroup({ run: rehearsal(deps), rows, probe: deps.probe }, deps.plan.root, ROOT, 0);
  return rows;
}

type Walk = { readonly run: Run; readonly rows: PlanRow[]; readonly probe: boolean };

/** A run whose journal is a list in memory: the same fold, the same scopes, no world. */
function rehearsal(deps: DryRunDeps): Run {
  const state = emptyState();
  let seq = 0;
  const apply = (event: Event): void => {
    reduce(state, { ...event, seq: ++seq, wallMs: deps.clock.wallMs(), epoch: 0 } as RecordedEvent);
  };
  return {
    ...deps,
    state,
    journal: {
      epoch: 0,
      append: async () => [],
      read: () => [],
      space: () => ({ freeBytes: Number.POSITIVE_INFINITY, low: false }),
      close: () => {},
    },
    control: { desk: {}, request: undefined, stop: () => {}, onStop: () => {} },
    frontEnds: [],
    actor: { user: "", host: "", via: "plan" },
    options: { stepMode: false, graceMs: 0, acceptContext: true },
    cursors: newCursors(),
    inFlight: new Map(),
    services: new Map(),
    unanswered: new Set(),
    approvedHere: new Set(),
    delays: new Map(),
    stopping: new AbortController(),
    record: async (events) => events.forEach(apply),
    live: () => {},
    wake: () => {},
  };
}

async function visitGroup(walk: Walk, group: GroupNode, at: Address, depth: number): Promise<void> {
  for (const child of group.children) await visit(walk, child, childAddress(at, child.id), depth);
}

async function visit(walk: Walk, node: PlanNode, at: Address, depth: number): Promise<void> {
  const { run, rows } = walk;
  const wanted = wantedOf(run, node, at);
  const base = rowBase(run, node, at, depth, wanted);
  if (wanted === false) {
    rows.push({ ...base, would: [node.step.when?.source ?? ""], grade: "simulated" });
    await run.record([{ type: "step-ended", at, result: { kind: "skipped", why: "when" } }]);
    return;
  }
  if (node.kind === "group") {
    rows.push({ ...base, would: [], grade: "simulated" });
    await visitGroup(walk, node, at, depth + 1);
    return;
  }
  if (node.kind === "fan-out") return visitFanOut(walk, node, at, depth, base);
  rows.push({ ...base, ...(await probeStep(run, node, at, walk.probe)) });
}

/** Shown once, with the first item as the example. */
async function visitFanOut(
  walk: Walk,
  node: FanOutNode,
  at: Address,
  depth: number,
  base: Omit<PlanRow, "would" | "grade">,
): Promise<void> {
  const { run, rows } = walk;
  const forEach = node.step.forEach as ForEach;
  const items = await listItems(run, at, node, forEach);
  if (items.kind === "failed") {
    rows.push({ ...base, items: "unknown", would: [sourceOf(node)], grade: "not simulated" });
    return;
  }
  await run.record(frozen(at, items.value, 1, forEach));
  const [first] = items.value;
  if (!first) {
    rows.push({ ...base, items: 0, would: ["no items: nothing to do"], grade: "simulated" });
    return;
  }
  const itemAt = childAddress(at, encodeKey(first.key));
  await run.record([{ type: "step-started", at: itemAt }]);
  if (node.body.kind === "leaf") {
    const sample = await probeStep(run, node.body, itemAt, walk.probe);
    rows.push({ ...base, items: items.value.length, ...sample });
    return;
  }
  rows.push({ ...base, items: items.value.length, would: [`shown for item ${first.key}`], grade: "simulated" });
  await visitGroup(walk, node.body, itemAt, depth + 1);
}

function rowBase(
  run: Run,
  node: PlanNode,
  at: Address,
  depth: number,
  wanted: boolean | "unknown",
): Omit<PlanRow, "would" | "grade"> {
  const title = titleOf(run, at, node);
  const asks = asksOf(node);
  return {
    at,
    depth,
    kind: node.kind === "fan-out" ? `forEach ${node.step.body.kind}` : node.step.body.kind,
    title: title.kind === "ok" ? title.value : (node.step.title?.source ?? at),
    effect: node.step.effect,
    asks,
    wanted,
  };
}

function asksOf(node: PlanNode): PlanRow["asks"] {
  const { body, confirm } = node.step;
  if (confirm?.type) return "typed";
  return needsConfirmation(node) || body.kind === "input" || body.kind === "manual" ? "yes" : "no";
}

function wantedOf(run: Run, node: PlanNode, at: Address): boolean | "unknown" {
  if (!node.step.when) return true;
  const wanted = run.expressions.condition(node.step.when, scopeOf(run, at));
  return wanted.kind === "ok" ? wanted.value : "unknown";
}

function sourceOf(node: FanOutNode): string {
  const items = node.step.forEach?.items;
  if (items?.kind === "expression") return `items: ${items.template.source} (unknown until run)`;
  return items?.kind === "file" ? `items of ${items.path.source} (unknown until run)` : "items unknown until run";
}
