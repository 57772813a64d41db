import { type Address, childAddress, encodeKey, ROOT } from "./address.ts";
import type { Failure } from "./failure.ts";
import { failure } from "./failure.ts";
import {
  type FanOutNode,
  type GroupNode,
  type LeafNode,
  nodeAt,
  type Plan,
  type PlanNode,
  undoAddress,
  undoNode,
} from "./plan.ts";
import type { PromptPurpose } from "./prompt.ts";
import { type FanOutState, ITEM, newStep, type Phase, type RunState, type StepState } from "./state.ts";

/** What the engine may do now. At most one move per address is ever in flight. */
export type Move =
  /** Decide `when`, and begin. */
  | { readonly kind: "start"; readonly at: Address; readonly node: PlanNode }
  | { readonly kind: "guard"; readonly at: Address; readonly node: LeafNode }
  | { readonly kind: "freeze"; readonly at: Address; readonly node: FanOutNode }
  | { readonly kind: "ask"; readonly at: Address; readonly node: PlanNode; readonly purpose: PromptPurpose }
  /** Act on the recorded answer of an input, manual, failure or rejected question. */
  | { readonly kind: "act-on-answer"; readonly at: Address; readonly node: PlanNode }
  | { readonly kind: "attempt"; readonly at: Address; readonly node: LeafNode; readonly delayMs: number }
  /** An earlier executor released it: find it, wait for it, learn how it ended. */
  | { readonly kind: "adopt"; readonly at: Address; readonly node: LeafNode; readonly n: number }
  /** The attempt ended well: verify, take outputs, end the step. */
  | { readonly kind: "finish"; readonly at: Address; readonly node: PlanNode }
  | { readonly kind: "schedule-retry"; readonly at: Address; readonly node: LeafNode; readonly n: number }
  /** Nothing helps any more: the step ends failed. */
  | { readonly kind: "fail"; readonly at: Address; readonly node: PlanNode; readonly failure: Failure }
  /** The run must not go on past this step. */
  | { readonly kind: "halt"; readonly at: Address; readonly node: PlanNode; readonly failure: Failure }
  /** Let probes and declarations settle an attempt in doubt. */
  | { readonly kind: "settle"; readonly at: Address; readonly node: LeafNode; readonly n: number };

export type MoveOptions = {
  /** Ask before each leaf (`--step`). */
  readonly stepMode: boolean;
};

/**
 * Positions before which nothing is open, per group. A cache for speed only: an empty one gives the same moves. It belongs
 * to one run in one process.
 */
export type Cursors = { generation: number; readonly firstOpen: Map<Address, number> };

export function newCursors(): Cursors {
  return { generation: -1, firstOpen: new Map() };
}

export type Frontier = {
  readonly moves: readonly Move[];
  /** Every step has ended. Services may still be running. */
  readonly complete: boolean;
};

/**
 * Pure: names the moves that plan and state allow now. Costs as much as there are steps and items that could move, not as
 * the run is large.
 */
export function nextMoves(plan: Plan, state: RunState, cursors: Cursors, options: MoveOptions): Frontier {
  if (cursors.generation !== state.generation) {
    cursors.firstOpen.clear();
    cursors.generation = state.generation;
  }
  const moves: Move[] = [];
  const walk: Walk = { state, cursors, options, moves, halting: state.halted.size > 0 };
  const root = state.undo ? undoRoot(plan, state.undo) : plan.root;
  const complete = groupMoves(walk, root, ROOT, "halt");
  return { moves: walk.halting ? moves.filter(mayEndWhileHalting) : moves, complete };
}

/** How a failure inside is taken: it ends the item, it is recorded and passed over, or it stops the run. */
type OnFail = "end-failed" | "halt";

type Walk = {
  readonly state: RunState;
  readonly cursors: Cursors;
  readonly options: MoveOptions;
  readonly moves: Move[];
  readonly halting: boolean;
};

/** While the run halts, what was released is brought to its end; nothing new begins. */
function mayEndWhileHalting(move: Move): boolean {
  return ["adopt", "finish", "settle", "act-on-answer", "fail", "halt"].includes(move.kind);
}

function groupMoves(walk: Walk, group: GroupNode, at: Address, onFail: OnFail): boolean {
  const { children } = group;
  let first = walk.cursors.firstOpen.get(at) ?? 0;
  while (first < children.length && hasEnded(walk.state, childAddress(at, (children[first] as PlanNode).id))) first++;
  walk.cursors.firstOpen.set(at, first);
  let allEnded = true;
  for (let index = first; index < children.length; index++) {
    const child = children[index] as PlanNode;
    const childAt = childAddress(at, child.id);
    if (hasEnded(walk.state, childAt)) continue;
    nodeMoves(walk, child, childAt, onFail);
    allEnded = false;
    if (!group.parallel) break;
  }
  return allEnded;
}

function hasEnded(state: RunState, at: Address): boolean {
  return state.steps.get(at)?.phase.kind === "ended";
}

function nodeMoves(walk: Walk, node: PlanNode, at: Address, inherited: OnFail): void {
  const step = walk.state.steps.get(at);
  const onFail: OnFail = node.step.onFailure === "continue" ? "end-failed" : inherited;
  if (!step) walk.moves.push({ kind: "start", at, node });
  else if (node.kind === "leaf") leafMoves(walk, node, step, onFail);
  else if (node.kind === "group") groupStepMoves(walk, node, step, onFail);
  else fanOutMoves(walk, node, step, onFail);
}

function groupStepMoves(walk: Walk, node: GroupNode, step: StepState, onFail: OnFail): void {
  if (questionMoves(walk, node, step)) return;
  if (step.phase.kind === "failed") {
    walk.moves.push(lastResort(node, step.at, step.phase.failure, onFail));
    return;
  }
  if (confirmationMoves(walk, node, step)) return;
  const allEnded = groupMoves(walk, node, step.at, onFail);
  const failed = onFail === "end-failed" ? firstFailure(walk.state, node, step.at) : undefined;
  if (failed && !node.parallel) dropMovesInside(walk, step.at);
  if (failed && (!node.parallel || allEnded)) walk.moves.push({ kind: "fail", at: step.at, node, failure: failed });
  else if (allEnded) walk.moves.push(endOfGroup(walk.state, node, step.at));
}

/** A run counts the failures that were passed over; an item takes its inside along, so it has to fail itself. */
function endOfGroup(state: RunState, node: GroupNode, at: Address): Move {
  for (const inside of state.inside.get(at) ?? []) {
    const phase = state.steps.get(inside)?.phase;
    if (phase?.kind === "ended" && phase.result.kind === "failed") {
      return { kind: "fail", at, node, failure: phase.result.failure };
    }
  }
  return { kind: "finish", at, node };
}

// A failed child of a sequential group ends the group; later children must not start.
function dropMovesInside(walk: Walk, at: Address): void {
  for (let index = walk.moves.length - 1; index >= 0; index--) {
    if (walk.moves[index]?.at.startsWith(`${at}/`)) walk.moves.splice(index, 1);
  }
}

/** The failure of the first child whose own policy is not to go on; `undefined` when none failed. */
function firstFailure(state: RunState, node: GroupNode, at: Address): Failure | undefined {
  for (const child of node.children) {
    const phase = state.steps.get(childAddress(at, child.id))?.phase;
    if (phase?.kind === "ended" && phase.result.kind === "failed" && child.step.onFailure !== "continue") {
      return phase.result.failure;
    }
  }
  return undefined;
}

/** Questions that are open or answered; true when the node can do nothing else. */
function questionMoves(walk: Walk, node: PlanNode, step: StepState): boolean {
  const { at, phase } = step;
  if (phase.kind === "asking") walk.moves.push({ kind: "ask", at, node, purpose: phase.purpose });
  if (phase.kind === "answered") walk.moves.push({ kind: "act-on-answer", at, node });
  return phase.kind === "asking" || phase.kind === "answered" || phase.kind === "halted";
}

/** Asks for the confirmation that is still missing; true when one is. */
function confirmationMoves(walk: Walk, node: PlanNode, step: StepState): boolean {
  if (!needsConfirmation(node) || step.approved !== undefined) return false;
  walk.moves.push({ kind: "ask", at: step.at, node, purpose: "confirm" });
  return true;
}

/** A `confirm` step always asks, and so does whatever destroys, even when its author forgot to say so. */
export function needsConfirmation(node: PlanNode): boolean {
  if (node.step.confirm !== undefined || node.step.body.kind === "confirm") return true;
  return node.kind !== "group" && node.step.effect === "destroy" && !node.pattern.endsWith("/*");
}

function leafMoves(walk: Walk, node: LeafNode, step: StepState, onFail: OnFail): void {
  if (questionMoves(walk, node, step)) return;
  const { at, phase } = step;
  const { moves } = walk;
  switch (phase.kind) {
    case "started":
      if (walk.options.stepMode && !step.cleared) moves.push({ kind: "ask", at, node, purpose: "step" });
      else if (node.step.guard && !step.guarded) moves.push({ kind: "guard", at, node });
      else if (confirmationMoves(walk, node, step)) return;
      else if (node.step.body.kind === "input") moves.push({ kind: "ask", at, node, purpose: "input" });
      else if (node.step.body.kind === "manual") moves.push({ kind: "ask", at, node, purpose: "manual" });
      else moves.push({ kind: "attempt", at, node, delayMs: 0 });
      return;
    case "waiting":
      moves.push({ kind: "attempt", at, node, delayMs: phase.delayMs });
      return;
    case "released":
      moves.push({ kind: "adopt", at, node, n: phase.n });
      return;
    case "succeeded":
      moves.push({ kind: "finish", at, node });
      return;
    case "in-doubt":
      moves.push({ kind: "settle", at, node, n: phase.n });
      return;
    case "failed":
      moves.push(afterFailure(node, step, phase, onFail));
      return;
    default:
      return;
  }
}

function afterFailure(
  node: LeafNode,
  step: StepState,
  phase: Extract<Phase, { kind: "failed" }>,
  onFail: OnFail,
): Move {
  const { at } = step;
  const { retry } = node.step;
  const exitAllows =
    retry.onExit.length === 0 || (phase.exitCode !== undefined && retry.onExit.includes(phase.exitCode));
  if (phase.failure.retryable !== false && step.tries < retry.attempts && exitAllows) {
    return { kind: "schedule-retry", at, node, n: phase.n };
  }
  return lastResort(node, at, phase.failure, onFail);
}

function lastResort(node: PlanNode, at: Address, failed: Failure, onFail: OnFail): Move {
  if (onFail === "end-failed") return { kind: "fail", at, node, failure: failed };
  if (node.step.onFailure === "ask") return { kind: "ask", at, node, purpose: "failure" };
  return { kind: "halt", at, node, failure: failed };
}

function fanOutMoves(walk: Walk, node: FanOutNode, step: StepState, onFail: OnFail): void {
  if (questionMoves(walk, node, step)) return;
  const { fan, at } = step;
  const { moves } = walk;
  if (step.phase.kind === "failed") {
    moves.push(lastResort(node, at, step.phase.failure, onFail));
    return;
  }
  if (!fan?.complete) {
    moves.push({ kind: "freeze", at, node });
    return;
  }
  const begun = fan.active.size + fan.counts.done + fan.counts.failed + fan.counts.skipped;
  if (begun === 0 && confirmationMoves(walk, node, step)) return;
  for (const position of fan.active) itemMoves(walk, node, at, fan, position);
  const overBudget = fan.counts.failed > fan.maxFailures;
  const waiting = fan.next < fan.keys.length || fan.again.size > 0;
  if (overBudget) {
    if (fan.active.size === 0) moves.push(lastResort(node, at, overBudgetFailure(fan), onFail));
    return;
  }
  if (!waiting) {
    if (fan.active.size === 0) moves.push({ kind: "finish", at, node });
    return;
  }
  const inPilot = fan.pilot > 0 && !fan.pilotPassed && fan.pilot < fan.keys.length;
  if (inPilot && begun >= fan.pilot) {
    if (fan.active.size === 0) moves.push({ kind: "ask", at, node, purpose: "pilot" });
    return;
  }
  const room = inPilot ? Math.min(fan.concurrency, fan.pilot - begun + fan.active.size) : fan.concurrency;
  startItems(walk, node, at, fan, room - fan.active.size);
}

export function overBudgetFailure(fan: FanOutState): Failure {
  const of = fan.keys.length;
  const [first] = fan.failures.values();
  return failure(
    "items-failed",
    `${fan.counts.failed} of ${of} items failed, ${fan.maxFailures} allowed${first ? `; the first: ${first.message}` : ""}`,
  );
}

function startItems(walk: Walk, node: FanOutNode, at: Address, fan: FanOutState, count: number): void {
  let left = count;
  for (const position of fan.again) {
    if (left-- <= 0) return;
    itemMoves(walk, node, at, fan, position);
  }
  for (let position = fan.next; position < fan.keys.length && left > 0; position++) {
    if (fan.status[position] !== ITEM.waiting || fan.again.has(position)) continue;
    left--;
    itemMoves(walk, node, at, fan, position);
  }
}

function itemMoves(walk: Walk, node: FanOutNode, at: Address, fan: FanOutState, position: number): void {
  const itemAt = childAddress(at, encodeKey(fan.keys[position] as string));
  if (fan.status[position] !== ITEM.waiting) nodeMoves(walk, node.body, itemAt, "end-failed");
  // Any event of a waiting item begins it, so a simple item needs no event of its own to say so.
  else if (node.body.kind === "leaf") {
    leafMoves(walk, node.body, walk.state.steps.get(itemAt) ?? newStep(itemAt, 0), "end-failed");
  } else walk.moves.push({ kind: "start", at: itemAt, node: node.body });
}

const undoRoots = new WeakMap<Plan, { of: readonly Address[]; root: GroupNode }>();

function undoRoot(plan: Plan, steps: readonly Address[]): GroupNode {
  const known = undoRoots.get(plan);
  if (known?.of === steps) return known.root;
  const children = steps.flatMap((original) => {
    const node = nodeAt(plan, original);
    const undo = node && undoNode(node, undoAddress(original));
    return undo ? [undo] : [];
  });
  const root: GroupNode = { ...plan.root, children };
  undoRoots.set(plan, { of: steps, root });
  return root;
}
