import { isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type Scalar } from "yaml";
import { nearest } from "../suggest.ts";
import { narrow } from "../units.ts";
import { brokenNode, type Entry, type Node, type ScalarNode } from "./node.ts";
import type { Report } from "./report.ts";
import { lineIndex, type Range } from "./source.ts";
import { MAX_DEPTH } from "./tokens.ts";
import { lineEndAt, lineStartAt, quoted } from "./traps.ts";

/** Aliases may repeat parts of the file, up to this many values in all. */
const MAX_NODES = 100_000;

/** The library's tree as ours: aliases resolved within limits; duplicate keys, tags and merge keys are reported. */
export function convert(report: Report, root: ParsedNode): Node {
  return new Conversion(report).root(root);
}

class Conversion {
  readonly #report: Report;
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #referred = new Set<string>();
  readonly #open = new Set<ParsedNode>();
  #count = 0;
  #full = false;

  constructor(report: Report) {
    this.#report = report;
  }

  root(node: ParsedNode): Node {
    const root = this.node(node, 0);
    for (const [name, marked] of this.#anchors) {
      if (this.#referred.has(name)) continue;
      const { text } = this.#report.source;
      const start = text.lastIndexOf(`&${name}`, rangeOf(marked).start);
      const line = text.slice(start, lineEndAt(text, start)).trimEnd();
      this.#report.add(
        { start, end: start + name.length + 1 },
        {
          code: "yaml-anchor",
          severity: "warning",
          message: `YAML reads &${name} as a mark for references, but nothing refers to it`,
          mend: `if it is meant as text, write: ${quoted(line)}`,
        },
      );
    }
    return root;
  }

  node(node: ParsedNode, depth: number): Node {
    const range = rangeOf(node);
    if (this.#full || ++this.#count > MAX_NODES || depth > 2 * MAX_DEPTH) {
      if (!this.#full) {
        const message = `aliases blow the file up to more than ${MAX_NODES} values`;
        this.#report.add(range, { code: "yaml-alias-bomb", message, mend: "write the values out, or use forEach" });
      }
      this.#full = true;
      return brokenNode(range);
    }
    if (isAlias(node)) return this.#alias(node.source, range, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node.tag?.startsWith("!") || (node.tag && !STANDARD_TAGS.test(node.tag))) {
      const message = `the tag ${node.tag} means nothing in a runbook`;
      const { text } = this.#report.source;
      const start = Math.max(text.lastIndexOf("!", range.start), lineStartAt(text, range.start));
      const written = text.slice(start, lineEndAt(text, range.start)).trimEnd();
      this.#report.add(
        { start, end: range.end },
        { code: "yaml-tag", message, mend: `remove it, or write: ${quoted(written)}` },
      );
    }
    this.#open.add(node);
    const converted = this.#collection(node, range, depth);
    this.#open.delete(node);
    return converted;
  }

  #collection(node: ParsedNode, range: Range, depth: number): Node {
    if (isMap(node)) return { kind: "map", range, entries: this.#entries(node, depth) };
    if (isSeq(node)) {
      const items = node.items.map((item) =>
        isPair(item)
          ? this.node(item.value as unknown as ParsedNode, depth + 1)
          : this.node(item as ParsedNode, depth + 1),
      );
      return { kind: "list", range, items };
    }
    return this.#scalar(node as Scalar.Parsed, range);
  }

  #alias(name: string, range: Range, depth: number): Node {
    const target = this.#anchors.get(name);
    this.#referred.add(name);
    if (target && !this.#open.has(target)) return this.node(target, depth);
    const hint = nearest(name, this.#anchors.keys());
    this.#report.add(range, {
      code: "yaml-alias",
      message: target
        ? `*${name} stands inside the value that it names`
        : `YAML reads *${name} as a reference to a value marked with &${name}, which there is not`,
      mend: hint === undefined ? `if it is meant as text, write: "*${name}"` : `write: *${hint}`,
    });
    return brokenNode(range);
  }

  #entries(node: ParsedNode & { items: unknown[] }, depth: number): Entry[] {
    const entries: Entry[] = [];
    const seen = new Map<string, Range>();
    for (const pair of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
      const keyRange = rangeOf(pair.key);
      if (isAlias(pair.value)) this.#referred.add(pair.value.source);
      const key = this.#key(pair.key, keyRange);
      if (key === undefined) continue;
      const before = seen.get(key);
      if (before) {
        const line = lineIndex(this.#report.source, before.start) + 1;
        const message = `the key "${key}" stands here a second time (first in line ${line})`;
        this.#report.add(keyRange, { code: "duplicate-key", message, mend: "remove one of them" });
        continue;
      }
      seen.set(key, keyRange);
      const value: Node = pair.value
        ? this.node(pair.value, depth + 1)
        : { kind: "scalar", range: keyRange, value: null, source: "", style: "plain" };
      entries.push({ key, keyRange, value });
    }
    return entries;
  }

  #key(key: ParsedNode, range: Range): string | undefined {
    if (key && isScalar(key) && key.value !== null) {
      if (key.value === "<<" && key.type === "PLAIN") {
        const message = "merge keys (<<) are not part of YAML 1.2";
        this.#report.add(range, { code: "yaml-merge", message, mend: "write the keys out" });
        return undefined;
      }
      return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
    }
    const written = this.#report.source.text.slice(range.start, range.end).split("\n", 1)[0] as string;
    const hole = /^\{\s*(?:\{\s*)?(.*?)\s*\}?\s*\}?$/.exec(written)?.[1];
    this.#report.add(range, {
      code: "yaml-key",
      message: "a key must be a text, not a map or a list",
      mend: written.startsWith("{") ? `if it is an expression, write: "\${{ ${hole} }}"` : "write: key: value",
    });
    return undefined;
  }

  #scalar(node: Scalar.Parsed, range: Range): ScalarNode {
    const style = node.type === "PLAIN" ? "plain" : node.type?.startsWith("BLOCK") ? "block" : "quoted";
    const source = style === "plain" ? (node.source ?? "") : "";
    const { value } = node as { value: unknown };
    if (typeof value === "bigint") return { kind: "scalar", range, value: narrow(value), source, style };
    if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") {
      return { kind: "scalar", range, value, source, style };
    }
    return { kind: "scalar", range, value: String(value), source, style };
  }
}

const STANDARD_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

function rangeOf(node: ParsedNode): Range {
  const [start, end] = node?.range ?? [0, 0];
  return { start, end };
}
