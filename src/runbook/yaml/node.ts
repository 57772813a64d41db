import type { Range } from "./source.ts";

/** A YAML value with its place. Integers are exact: `bigint` beyond 2^53. */
export type Node = MapNode | ListNode | ScalarNode;

export type MapNode = { readonly kind: "map"; readonly range: Range; readonly entries: readonly Entry[] };

export type Entry = { readonly key: string; readonly keyRange: Range; readonly value: Node };

export type ListNode = { readonly kind: "list"; readonly range: Range; readonly items: readonly Node[] };

export type ScalarNode = {
  readonly kind: "scalar";
  readonly range: Range;
  readonly value: null | boolean | number | bigint | string;
  /** As it stands in the file, e.g. `1.0` or `0x1F`. */
  readonly source: string;
  readonly style: "plain" | "quoted" | "block";
  /** Nothing is known of it, and that was reported: what it lacks is no further problem. */
  readonly broken?: true;
};

export function brokenNode(range: Range): ScalarNode {
  return { kind: "scalar", range, value: null, source: "", style: "plain", broken: true };
}

export function entryOf(map: MapNode, key: string): Entry | undefined {
  return map.entries.find((entry) => entry.key === key);
}
