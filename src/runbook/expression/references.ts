import { type Token, tokenize } from "./tokens.ts";

/**
 * A name that is looked up in the surroundings, with the fixed part of its path: `steps.restart.outputs.id` is root
 * `steps` and path `restart`, `outputs`, `id`. Offsets are in the expression's source.
 */
export type Reference = {
  readonly root: string;
  readonly path: readonly PathSegment[];
  readonly start: number;
  /** Past the root's own name. */
  readonly rootEnd: number;
  /** `has(…)` around it: the author asks whether it is there. */
  readonly probed: boolean;
};

/** `after` is past the whole segment: of `["name"]` past its bracket. */
export type PathSegment = {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly after: number;
};

/** Every name of an expression that is no member, no function and no literal. */
export function referencesOf(source: string): readonly Reference[] {
  const tokens = tokenize(source);
  const found: Reference[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind !== "name" || LITERALS.has(token.text)) continue;
    if (tokens[i - 1]?.text === "." || tokens[i + 1]?.text === "(") continue;
    const { path, next } = pathFrom(source, tokens, i);
    const probed = tokens[i - 1]?.text === "(" && tokens[i - 2]?.text === "has";
    found.push({ root: token.text, path, start: token.start, rootEnd: token.end, probed });
    i = next - 1;
  }
  return found;
}

const LITERALS = new Set(["true", "false", "null", "in"]);

function pathFrom(source: string, tokens: readonly Token[], root: number): { path: PathSegment[]; next: number } {
  const path: PathSegment[] = [];
  const ids = tokens[root]?.text === "steps";
  let i = root + 1;
  for (;;) {
    const segment =
      tokens[i]?.text === "." ? memberAt(source, tokens, i, ids && path.length === 0) : indexAt(tokens, i);
    if (!segment) return { path, next: i };
    path.push(segment.segment);
    i = segment.next;
  }
}

type Step = { readonly segment: PathSegment; readonly next: number };

function memberAt(source: string, tokens: readonly Token[], dot: number, stepId: boolean): Step | undefined {
  const member = tokens[dot + 1];
  if (!member || (member.kind !== "name" && !(stepId && member.kind === "number"))) return undefined;
  // A step has no arithmetic, so `steps.sign-in` can only be the step `sign-in`.
  const name = stepId ? (STEP_ID.exec(source.slice(member.start)) as RegExpExecArray)[0] : member.text;
  const end = member.start + name.length;
  let next = dot + 2;
  while (next < tokens.length && (tokens[next] as Token).start < end) next++;
  if (tokens[next]?.text === "(") return undefined;
  return { segment: { name, start: member.start, end, after: end }, next };
}

const STEP_ID = /^[A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*/;

function indexAt(tokens: readonly Token[], open: number): Step | undefined {
  const [bracket, literal, close] = [tokens[open], tokens[open + 1], tokens[open + 2]];
  if (bracket?.text !== "[" || literal?.kind !== "string" || close?.text !== "]") return undefined;
  const name = plainString(literal.text);
  if (name === undefined) return undefined;
  return { segment: { name, start: literal.start, end: literal.end, after: close.end }, next: open + 3 };
}

/** What a string literal without escapes holds; others are left to CEL. */
function plainString(literal: string): string | undefined {
  const match = /^(["'])([^\\"']*)\1$/.exec(literal);
  return match?.[2];
}
