import type { TemplatePart } from "../domain/runbook.ts";
import { stringEnd } from "./expression/tokens.ts";

/** A piece of a text; `start` and `end` are offsets in it, for a hole those of its `${{` and past its `}}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: "hole"; readonly source: string; readonly start: number; readonly end: number }
  | { readonly kind: "open"; readonly start: number; readonly end: number };

/** Cuts a text at its holes `${{ … }}`. A hole that is not closed is one last piece of kind `open`. */
export function cutTemplate(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf("${{", at);
    if (start < 0) break;
    if (start > at) pieces.push({ kind: "text", text: text.slice(at, start), start: at, end: start });
    const end = holeEnd(text, start);
    if (end === undefined) return [...pieces, { kind: "open", start, end: text.length }];
    pieces.push({ kind: "hole", source: text.slice(start + 3, end - 2), start, end });
    at = end;
  }
  if (at < text.length || pieces.length === 0) {
    pieces.push({ kind: "text", text: text.slice(at), start: at, end: text.length });
  }
  return pieces;
}

/** Holes are short; a longer one was never closed. */
const MAX_HOLE = 5000;

/** Past the `}}` that closes the hole beginning at `start`: strings and the braces of maps inside do not count. */
export function holeEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let at = start + 3;
  const limit = Math.min(text.length, start + MAX_HOLE);
  while (at < limit) {
    const char = text[at];
    if (char === "}" && depth === 0) {
      if (text[at + 1] === "}") return at + 2;
      return undefined;
    }
    if (char === "{") depth++;
    if (char === "}") depth--;
    const afterName = /[A-Za-z0-9_]/.test(text[at - 1] as string);
    at =
      (char === '"' || char === "'" || (!afterName && /[bBrR]/.test(char as string))
        ? stringEnd(text, at)
        : undefined) ?? at + 1;
  }
  return undefined;
}

/** Is the text one single hole, so that it has the type of its expression? */
export function isSingleHole(parts: readonly TemplatePart[]): boolean {
  return parts.length === 1 && parts[0]?.kind === "expression";
}
