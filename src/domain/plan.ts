import type { Address } from "./address.ts";
import { childAddress, ROOT, segmentsOf, UNDO_SEGMENT } from "./address.ts";
import type { Runbook, Step, TemplateTree } from "./runbook.ts";
import type { ValueMap } from "./value.ts";

/** A runbook with its parameters filled in: the steps as a tree, each with a stable address pattern and a fingerprint. */
export type Plan = {
  readonly runbook: Runbook;
  readonly params: ValueMap;
  readonly sha256: string;
  readonly root: GroupNode;
};

export type PlanNode = LeafNode | GroupNode | FanOutNode;

type NodeBase = {
  readonly id: string;
  /** The address with `*` in place of item keys. */
  readonly pattern: string;
  readonly step: Step;
  readonly fingerprint: string;
};

/** One thing to do: a command, an action, a question, a wait. */
export type LeafNode = NodeBase & { readonly kind: "leaf" };

/** Steps that belong together. `call` is there when they are another runbook's, with parameters of its own. */
export type GroupNode = NodeBase & {
  readonly kind: "group";
  readonly parallel: boolean;
  readonly children: readonly PlanNode[];
  readonly call?: { readonly runbook: Runbook; readonly with: readonly (readonly [string, TemplateTree])[] };
};

/** `body` is repeated for each item. `when`, `confirm` and `onFailure` belong to the fan-out, the rest to each item. */
export type FanOutNode = NodeBase & { readonly kind: "fan-out"; readonly body: LeafNode | GroupNode };

export type Fingerprint = (step: Step) => string;

/** Pure: the same runbook, parameters and fingerprint function give the same plan. */
export function planOf(runbook: Runbook, params: ValueMap, sha256: string, fingerprint: Fingerprint): Plan {
  const children = runbook.steps.map((step) => nodeOf(step, step.id, fingerprint));
  const root: GroupNode = {
    kind: "group",
    id: "",
    pattern: ROOT,
    parallel: false,
    children,
    fingerprint: "",
    step: rootStep(runbook),
  };
  return { runbook, params, sha256, root };
}

/** Fingerprints by address pattern, in order of the file. */
export function fingerprintsOf(plan: Plan): { [pattern: string]: string } {
  const found: { [pattern: string]: string } = {};
  const visit = (node: PlanNode): void => {
    if (node.pattern !== ROOT) found[node.pattern] = node.fingerprint;
    if (node.kind === "group") node.children.forEach(visit);
    if (node.kind === "fan-out" && node.body.kind === "group") node.body.children.forEach(visit);
  };
  visit(plan.root);
  return found;
}

/** One node of the way from the root to an address, with the address of that instance. */
export type PathEntry = { readonly node: PlanNode; readonly at: Address; readonly itemKey?: string };

/**
 * The way from the root to `address`, the root first; a fan-out's item appears as its body with the item's encoded key.
 * `undefined` when the plan has no such step (any item key is taken as it stands).
 */
export function pathTo(plan: Plan, address: Address): readonly PathEntry[] | undefined {
  const segments = segmentsOf(address);
  if (segments[0] === UNDO_SEGMENT) return undoPath(plan, address, segments);
  const path: PathEntry[] = [{ node: plan.root, at: ROOT }];
  let node: PlanNode = plan.root;
  let at: Address = ROOT;
  for (const segment of segments) {
    at = childAddress(at, segment);
    if (node.kind === "fan-out") {
      node = node.body;
      path.push({ node, at, itemKey: segment });
      continue;
    }
    const next: PlanNode | undefined = childNamed(node, segment);
    if (!next) return undefined;
    node = next;
    path.push({ node, at });
  }
  return path;
}

export function nodeAt(plan: Plan, address: Address): PlanNode | undefined {
  return pathTo(plan, address)?.at(-1)?.node;
}

const childIndex = new WeakMap<GroupNode, Map<string, PlanNode>>();

function childNamed(node: PlanNode, id: string): PlanNode | undefined {
  if (node.kind !== "group") return undefined;
  let index = childIndex.get(node);
  if (!index) {
    index = new Map(node.children.map((child) => [child.id, child]));
    childIndex.set(node, index);
  }
  return index.get(id);
}

/** The compensation of `original` as a leaf of its own: `~undo/<address, slashes encoded>`. */
export function undoAddress(original: Address): Address {
  return `${UNDO_SEGMENT}/${original.replaceAll("%", "%25").replaceAll("/", "%2F")}`;
}

export function undoneAddress(undo: Address): Address {
  return (segmentsOf(undo)[1] ?? "").replaceAll("%2F", "/").replaceAll("%25", "%");
}

function undoPath(plan: Plan, address: Address, segments: readonly string[]): readonly PathEntry[] | undefined {
  if (segments.length !== 2) return undefined;
  const original = nodeAt(plan, undoneAddress(address));
  const undo = original && undoNode(original, address);
  return (
    undo && [
      { node: plan.root, at: ROOT },
      { node: undo, at: address },
    ]
  );
}

/** `undefined` when the step has nothing to undo. */
export function undoNode(original: PlanNode, address: Address): LeafNode | undefined {
  const { undo } = original.step;
  if (!undo) return undefined;
  const { guard: _g, verify: _v, confirm: _c, when: _w, undo: _u, forEach: _f, preview: _p, ...rest } = original.step;
  const body: Step["body"] =
    undo.kind === "command"
      ? { kind: "run", command: undo.command }
      : undo.kind === "action"
        ? { kind: "uses", action: undo.action, with: undo.with }
        : { kind: "manual", instruction: undo.instruction };
  const step: Step = { ...rest, id: address, body, effect: "mutate", outputs: {} };
  return { kind: "leaf", id: address, pattern: address, fingerprint: original.fingerprint, step };
}

function nodeOf(step: Step, pattern: string, fingerprint: Fingerprint): PlanNode {
  const base = { id: step.id, pattern, step, fingerprint: fingerprint(step) };
  if (!step.forEach) return bodyOf(base, pattern, fingerprint);
  const { when: _when, confirm: _confirm, forEach: _forEach, ...perItem } = step;
  const body = bodyOf({ ...base, pattern: `${pattern}/*`, step: perItem }, `${pattern}/*`, fingerprint);
  return { ...base, kind: "fan-out", body };
}

function bodyOf(base: NodeBase, pattern: string, fingerprint: Fingerprint): LeafNode | GroupNode {
  const { body } = base.step;
  const below = (steps: readonly Step[]) => steps.map((step) => nodeOf(step, `${pattern}/${step.id}`, fingerprint));
  if (body.kind === "group") {
    return { ...base, kind: "group", parallel: body.parallel, children: below(body.steps) };
  }
  if (body.kind === "call") {
    const call = { runbook: body.runbook, with: body.with };
    return { ...base, kind: "group", parallel: false, children: below(body.runbook.steps), call };
  }
  return { ...base, kind: "leaf" };
}

function rootStep(runbook: Runbook): Step {
  return {
    id: "",
    title: runbook.title,
    body: { kind: "group", parallel: false, steps: runbook.steps },
    effect: "read",
    retry: { attempts: 1, delayMs: 0, backoff: 1, maxDelayMs: 0, onExit: [] },
    onFailure: "stop",
    onInterrupt: "ask",
    idempotent: true,
    outputs: {},
    env: {},
    sensitive: false,
    span: { file: runbook.file, line: 1, column: 1, length: 0 },
  };
}
