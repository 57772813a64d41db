import type { SecretForm } from "./mask-forms.ts";

/**
 * All forms of all secrets as one machine that reads each byte once: Aho and Corasick, "Efficient string matching" (1975).
 * States are numbered breadth first, 0 is the root. The first `denseStates` states, where nearly all text stays, have a
 * full row in `next`; deeper ones keep a short list of children and a link to their longest suffix.
 */
export type Automaton = {
  readonly denseStates: number;
  /** `next[(state << 8) | byte]` for dense states, failures already resolved. */
  readonly next: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly byteOf: Uint8Array;
  readonly fail: Int32Array;
  readonly depth: Int32Array;
  /** Index of the form that ends in the state, or -1. */
  readonly form: Int32Array;
  /** The state itself or the nearest of its suffixes in which a form ends; 0 for none. */
  readonly report: Int32Array;
  readonly forms: readonly (SecretForm & { readonly length: number })[];
};

const denseDepth = 2;
const mostDenseStates = 4096;

/** @param forms not empty texts without line breaks, each once */
export function buildAutomaton(forms: readonly SecretForm[]): Automaton {
  const automaton = renumber(breadthFirst(buildTrie(forms)), forms);
  linkFailures(automaton);
  fillDenseRows(automaton);
  return automaton;
}

type Node = { readonly byte: number; readonly depth: number; readonly children: Map<number, Node>; form: number };

function buildTrie(forms: readonly SecretForm[]): Node {
  const root: Node = { byte: 0, depth: 0, children: new Map(), form: -1 };
  forms.forEach((form, index) => {
    let node = root;
    for (const byte of Buffer.from(form.text)) {
      let child = node.children.get(byte);
      if (!child) {
        child = { byte, depth: node.depth + 1, children: new Map(), form: -1 };
        node.children.set(byte, child);
      }
      node = child;
    }
    node.form = index;
  });
  return root;
}

function breadthFirst(root: Node): Node[] {
  const order = [root];
  for (const node of order) for (const child of node.children.values()) order.push(child);
  return order;
}

function renumber(order: readonly Node[], forms: readonly SecretForm[]): Automaton {
  const count = order.length;
  const dense = order.findIndex((node) => node.depth > denseDepth);
  const denseStates = Math.min(dense < 0 ? count : dense, mostDenseStates);
  const automaton = {
    denseStates,
    next: new Int32Array(denseStates << 8),
    firstChild: new Int32Array(count),
    nextSibling: new Int32Array(count),
    byteOf: new Uint8Array(count),
    fail: new Int32Array(count),
    depth: new Int32Array(count),
    form: new Int32Array(count),
    report: new Int32Array(count),
    forms: forms.map((form) => ({ ...form, length: Buffer.byteLength(form.text) })),
  };
  // Children come in the order of `order`, so a counter gives their states.
  let number = 0;
  order.forEach((node, state) => {
    automaton.byteOf[state] = node.byte;
    automaton.depth[state] = node.depth;
    automaton.form[state] = node.form;
    let previous = 0;
    for (let left = node.children.size; left > 0; left--) {
      number++;
      if (previous === 0) automaton.firstChild[state] = number;
      else automaton.nextSibling[previous] = number;
      previous = number;
    }
  });
  return automaton;
}

function linkFailures(automaton: Automaton): void {
  const { firstChild, nextSibling, byteOf, fail, form, report } = automaton;
  for (let state = 0; state < fail.length; state++) {
    report[state] = form[state]! >= 0 ? state : report[fail[state]!]!;
    for (let child = firstChild[state]!; child !== 0; child = nextSibling[child]!) {
      let suffix = fail[state]!;
      let found = state === 0 ? 0 : childOf(automaton, suffix, byteOf[child]!);
      while (found === 0 && suffix !== 0) {
        suffix = fail[suffix]!;
        found = childOf(automaton, suffix, byteOf[child]!);
      }
      fail[child] = found;
    }
  }
}

function childOf(automaton: Automaton, state: number, byte: number): number {
  let child = automaton.firstChild[state]!;
  while (child !== 0 && automaton.byteOf[child] !== byte) child = automaton.nextSibling[child]!;
  return child;
}

function fillDenseRows(automaton: Automaton): void {
  const { next, denseStates, firstChild, nextSibling, byteOf, fail } = automaton;
  for (let state = 0; state < denseStates; state++) {
    // A suffix is shallower, so its row is already complete.
    if (state !== 0) next.copyWithin(state << 8, fail[state]! << 8, (fail[state]! + 1) << 8);
    for (let child = firstChild[state]!; child !== 0; child = nextSibling[child]!) {
      next[(state << 8) | byteOf[child]!] = child;
    }
  }
}
