import { type Address, childAddress, parentOf, segmentsOf } from "../../domain/address.ts";
import { needsConfirmation } from "../../domain/next-moves.ts";
import type { Plan, PlanNode } from "../../domain/plan.ts";
import type { RunState } from "../../domain/state.ts";
import type { RunSource } from "../run-source.ts";
import type { Glyphs } from "../theme.ts";
import { duration } from "./duration.ts";
import { amount, bar } from "./fan-bars.ts";
import type { Rates } from "./rates.ts";
import { oneLine } from "./step-canvas.ts";
import { currentStep, titleOf } from "./step-rows.ts";

type Source = Pick<RunSource, "plan" | "state" | "progressOf" | "estimateMs">;

/** How much of something is done, and how fast it goes. */
export type Measure = {
  readonly name: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: string;
  readonly note: string;
  readonly failed: number;
};

/** What the running step has to tell: its own progress, or how many of its items are through. */
export function measureOf({ state, progressOf }: Pick<Source, "state" | "progressOf">): Measure | undefined {
  const at = currentStep(state);
  if (at === undefined) return undefined;
  for (let above: Address = at; above !== ""; above = parentOf(above)) {
    const fan = state.steps.get(above)?.fan;
    if (!fan) continue;
    const { done, skipped, failed } = fan.counts;
    const total = fan.keys.length;
    return { name: above, done: done + skipped + failed, total, unit: "items", note: "", failed };
  }
  const told = progressOf(at);
  return told && { name: at, done: told.done, total: told.total, unit: told.unit, note: told.note ?? "", failed: 0 };
}

/** `eras ━━━━╌╌╌╌ 53.1 %  1,315/2,475  ✖ 3  12/s  ETA 14:20 (00:41)`. */
export function progressLine(measure: Measure, rates: Rates, glyphs: Glyphs, nowMs: number, columns: number): string {
  const { done, total, unit, note, failed, name } = measure;
  const rate = rates.perSecond(name);
  const barColumns = Math.max(8, Math.min(40, Math.floor(columns / 3)));
  const share = total ? Math.min(1, done / total) : undefined;
  const leftMs = total && rate ? ((total - done) / rate) * 1000 : undefined;
  const parts = [
    oneLine(unit),
    ...(share === undefined ? [] : [bar(share, barColumns, glyphs), `${(share * 100).toFixed(1)} %`]),
    `${done.toLocaleString("en-US")}${total ? `/${total.toLocaleString("en-US")}` : ""}`,
    ...(failed > 0 ? [`${glyphs.failed} ${failed} failed`] : []),
    ...(rate === undefined ? [] : [`${amount(rate)}/s`]),
    ...(leftMs === undefined || done === total ? [] : [`ETA ${clockTime(nowMs + leftMs)} (${duration(leftMs)})`]),
    ...(columns >= 100 ? [rates.spark(name, 20, glyphs.spark).trim()] : []),
    oneLine(note),
  ];
  return parts.filter(Boolean).join("  ");
}

/** When the run will have ended, as far as earlier runs tell; steps that they do not know are not in it. */
export function etaOf({ plan, state, estimateMs }: Source, nowMs: number): string | undefined {
  if (!estimateMs) return undefined;
  let leftMs = 0;
  let unknown = 0;
  let known = 0;
  for (const { id } of plan.root.children) {
    const step = state.steps.get(id);
    if (step?.phase.kind === "ended") continue;
    const estimate = estimateMs(id);
    if (estimate === undefined) unknown++;
    else {
      known++;
      leftMs += Math.max(0, estimate - (step ? nowMs - step.startedMs : 0));
    }
  }
  if (known === 0) return undefined;
  return `ETA ${unknown > 0 ? "after " : ""}${clockTime(nowMs + leftMs)} (${duration(leftMs)})`;
}

/** The step that comes after the running one, and whether it will want somebody. */
export function nextWords(plan: Plan, state: RunState): string {
  const current = currentStep(state);
  if (current === undefined) return "";
  const next = nextNode(plan, state, current);
  if (!next) return "";
  const { step } = next;
  const asks =
    step.body.kind === "manual"
      ? " (by hand)"
      : step.body.kind === "input"
        ? " (asks for a value)"
        : needsConfirmation(next)
          ? step.confirm?.type
            ? " (asks you to type a confirmation)"
            : " (asks you to confirm)"
          : "";
  return `next: ${oneLine(titleOf(next))}${asks}`;
}

/** The first step in the order of the plan that is behind `current` and has not begun. */
function nextNode(plan: Plan, state: RunState, current: Address): PlanNode | undefined {
  const [first] = segmentsOf(current);
  let passed = false;
  const visit = (nodes: readonly PlanNode[], parent: Address): PlanNode | undefined => {
    for (const node of nodes) {
      const at = childAddress(parent, node.id);
      const inside = current === at || current.startsWith(`${at}/`);
      if (passed && !state.steps.has(at)) return node;
      const found = node.kind === "group" && inside ? visit(node.children, at) : undefined;
      if (found) return found;
      if (inside) passed = true;
    }
    return undefined;
  };
  return first === undefined ? undefined : visit(plan.root.children, "");
}

function clockTime(ms: number): string {
  const at = new Date(ms);
  const time = at.toTimeString().slice(0, 5);
  return at.toDateString() === new Date().toDateString() ? time : `${at.toDateString().slice(4, 10)} ${time}`;
}

/** Where a slip would hurt real people: one of the pins says so. */
export function isProduction(pins: Readonly<Record<string, string>> | undefined): boolean {
  return Object.values(pins ?? {}).some((value) => /(?:^|[^a-z])(?:prod|production|prd)(?:[^a-z]|$)/i.test(value));
}
