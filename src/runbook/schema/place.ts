import type { Node } from "../yaml/node.ts";
import type { Range, Source } from "../yaml/source.ts";

/** Finds the places of holes and of other offsets of a YAML text's value in the file. */
export type TextPlace = {
  /** The range of hole number `index`, whose text is `hole`; within it when the file writes it literally. */
  hole(index: number, hole: string, from: number, to: number): Range;
  /** The place of `offset` of the value, as near as the style of the text allows. */
  at(offset: number): Range;
};

export function textPlace(source: Source, node: Node, value: string): TextPlace {
  const raw = source.text.slice(node.range.start, node.range.end);
  const holes = offsetsOf(raw, "${{");
  return {
    hole(index, hole, from, to) {
      const start = holes[index];
      if (start === undefined) return node.range;
      const base = node.range.start + start;
      if (raw.startsWith(hole, start)) return { start: base + from, end: base + Math.max(to, from + 1) };
      return { start: base, end: base + 3 };
    },
    at(offset) {
      const start = node.range.start + rawOffset(raw, value, offset);
      return { start, end: start + 1 };
    },
  };
}

function offsetsOf(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

function rawOffset(raw: string, value: string, offset: number): number {
  const literal = raw.indexOf(value);
  if (literal >= 0) return literal + offset;
  if (!raw.startsWith("|")) return 0;
  const before = value.slice(0, offset);
  const line = before.split("\n").length - 1;
  const column = before.length - (before.lastIndexOf("\n") + 1);
  const lines = raw.split("\n");
  const indent = Math.min(
    ...lines.slice(1).flatMap((text) => (text.trim() === "" ? [] : [/^ */.exec(text)?.[0].length ?? 0])),
  );
  let start = (lines[0] as string).length + 1;
  for (let index = 1; index <= line; index++) start += (lines[index]?.length ?? 0) + 1;
  return Math.min(raw.length - 1, start + indent + column);
}
