import { type Address, childAddress, decodeKey, lastSegment } from "../../domain/address.ts";
import type { Plan, PlanNode } from "../../domain/plan.ts";
import type { FanOutState, Phase, RunState, StepState } from "../../domain/state.ts";
import type { StepLook } from "../theme.ts";

/** One row of the step list. */
export type StepRow = {
  readonly at: Address;
  readonly depth: number;
  readonly title: string;
  readonly look: StepLook;
  /** `3/10`, `try 2`, `skipped`, … */
  readonly note: string;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  /** How long it took in earlier runs. */
  readonly estimateMs?: number | undefined;
};

/** Items of one fan-out that get rows of their own: those that run, then those that failed. */
const MAX_ITEM_ROWS = 12;

/** Pure: the plan as it is written, each step with where it stands. */
export function stepRows(
  plan: Plan,
  state: RunState,
  estimateMs?: (at: Address) => number | undefined,
): readonly StepRow[] {
  const rows: StepRow[] = [];
  const visit = (node: PlanNode, at: Address, depth: number): void => {
    rows.push(knownRow(node, at, depth, state.steps.get(at), estimateMs?.(at)));
    if (node.kind === "group") for (const child of node.children) visit(child, childAddress(at, child.id), depth + 1);
    if (node.kind !== "fan-out") return;
    const fan = state.steps.get(at)?.fan;
    if (!fan) return;
    for (const position of [...fan.active, ...fan.failures.keys()].slice(0, MAX_ITEM_ROWS)) {
      const key = fan.keys[position] as string;
      const item = childAddress(at, key);
      rows.push(rowOf(item, depth + 1, decodeKey(key), state.steps.get(item)));
      if (node.body.kind !== "group") continue;
      for (const child of node.body.children) {
        const below = childAddress(item, child.id);
        if (state.steps.has(below)) visit(child, below, depth + 2);
      }
    }
  };
  for (const child of plan.root.children) visit(child, child.id, 0);
  for (const at of state.undo ?? []) rows.push(rowOf(at, 0, `undo ${decodeKey(lastSegment(at))}`, state.steps.get(at)));
  return rows;
}

const counted = new WeakMap<RunState, { seq: number; plan: Plan; ended: number; total: number }>();

type KnownRow = { readonly row: StepRow; readonly phase: Phase | undefined };
const known = new WeakMap<PlanNode, KnownRow>();

/** The row of a step as it was drawn before, while nothing about it has changed: plans have thousands of steps. */
function knownRow(
  node: PlanNode,
  at: Address,
  depth: number,
  step: StepState | undefined,
  estimateMs: number | undefined,
): StepRow {
  const before = known.get(node);
  const same = before?.row.at === at && before.phase === step?.phase && before.row.estimateMs === estimateMs;
  if (before && same && !step?.fan) return before.row;
  const row = { ...rowOf(at, depth, titleOf(node), step), estimateMs };
  known.set(node, { row, phase: step?.phase });
  return row;
}

/** Top-level steps that have ended, of how many: for the header. */
export function countSteps(plan: Plan, state: RunState): { readonly ended: number; readonly total: number } {
  const known = counted.get(state);
  if (known?.seq === state.seq && known.plan === plan) return known;
  const steps = plan.root.children;
  const ended = steps.filter((step) => state.steps.get(step.id)?.phase.kind === "ended").length;
  const count = { seq: state.seq, plan, ended, total: steps.length };
  counted.set(state, count);
  return count;
}

/** The step that a follower looks at: the one that was begun last and has not ended, else the last one that ran. */
export function currentStep(state: RunState): Address | undefined {
  let current: StepState | undefined;
  for (const at of state.open) {
    const step = state.steps.get(at);
    if (step && (!current || (step.last?.releasedMs ?? 0) >= (current.last?.releasedMs ?? 0))) current = step;
  }
  if (current?.last) return current.at;
  let latest = current;
  for (const step of state.steps.values()) {
    if (!current && step.last && step.last.releasedMs >= (latest?.last?.releasedMs ?? 0)) latest = step;
  }
  return latest?.at;
}

function rowOf(at: Address, depth: number, title: string, step: StepState | undefined): StepRow {
  return {
    at,
    depth,
    title,
    look: step ? lookOf(step.phase) : "waiting",
    note: step ? noteOf(step) : "",
    startedMs: step?.startedMs,
    endedMs: step?.endedMs,
  };
}

export function lookOf(phase: Phase): StepLook {
  switch (phase.kind) {
    case "asking":
      return phase.after.kind === "in-doubt" ? "doubt" : "asking";
    case "in-doubt":
      return "doubt";
    case "failed":
    case "halted":
      return "failed";
    case "waiting":
      return "retrying";
    case "ended":
      return phase.result.kind;
    default:
      return "running";
  }
}

function noteOf(step: StepState): string {
  const { phase, fan } = step;
  if (fan) return fanNote(fan);
  if (phase.kind === "asking") return phase.after.kind === "in-doubt" ? "in doubt" : "asks";
  if (phase.kind === "in-doubt") return "in doubt";
  if (phase.kind === "halted" || phase.kind === "failed") return "failed";
  if (phase.kind === "waiting" && phase.delayMs > 0) return `try ${phase.n + 1} soon`;
  if (phase.kind === "ended" && phase.result.kind === "skipped") return "skipped";
  if (phase.kind === "ended" && phase.result.kind === "failed") return "failed";
  if (phase.kind === "ended" && phase.result.kind === "done" && phase.result.how === "guard") return "was done";
  return step.attempts > 1 ? `try ${step.attempts}` : "";
}

function fanNote({ counts, keys }: FanOutState): string {
  const ended = counts.done + counts.skipped + counts.failed;
  return `${ended}/${keys.length}${counts.failed ? ` ${counts.failed} failed` : ""}`;
}

export function titleOf(node: PlanNode): string {
  const title = node.step.title;
  // A title with holes is not filled in here; the id says as much.
  return title?.parts.every((part) => part.kind === "text") ? title.source : node.id;
}
