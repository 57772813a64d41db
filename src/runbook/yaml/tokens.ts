import { CST, Lexer, Parser } from "yaml";
import type { Range } from "./source.ts";

/** Maps and lists within each other. */
export const MAX_DEPTH = 40;

/** Ten times what a large runbook has. */
const MAX_LEXEMES = 120_000;

/** What the text consists of, before any recursive code sees it. */
export type TokenSurvey = {
  readonly tokens: readonly CST.Token[];
  readonly scalars: readonly (Range & { readonly type: string; readonly inFlow: boolean })[];
  readonly comments: readonly Range[];
  /** The text is nothing that a person wrote; reading stopped. */
  readonly tooMuch?: Range;
  /** Where the nesting exceeds `MAX_DEPTH`. */
  readonly tooDeep?: Range;
  /** Where a second document begins. */
  readonly secondDocument?: Range;
};

/** Reads the concrete syntax without recursion: the library's parser keeps a stack of its own. */
export function survey(text: string): TokenSurvey {
  const parsed = parse(text);
  if ("refused" in parsed) return { tokens: [], scalars: [], comments: [], [parsed.refused]: parsed.at };
  const { tokens } = parsed;
  const scalars: (Range & { type: string; inFlow: boolean })[] = [];
  const comments: Range[] = [];
  let tooDeep: Range | undefined;
  let documents = 0;
  let secondDocument: Range | undefined;
  const stack: { token: CST.Token; depth: number; inFlow: boolean }[] = [];
  const note = (list: readonly CST.Token[] | undefined) => {
    for (const token of list ?? []) if (token.type === "comment") comments.push(rangeOf(token));
  };
  for (const token of tokens) {
    if (token.type === "document") {
      documents++;
      if (documents === 2) secondDocument = { start: token.offset, end: token.offset + 3 };
    }
    stack.push({ token, depth: 0, inFlow: false });
    while (stack.length > 0) {
      const { token, depth, inFlow } = stack.pop() as (typeof stack)[number];
      if (depth > MAX_DEPTH) {
        tooDeep ??= rangeOf(token);
        continue;
      }
      const flow = inFlow || token.type === "flow-collection";
      const push = (child: CST.Token | null | undefined, deeper: number) => {
        if (child) stack.push({ token: child, depth: depth + deeper, inFlow: flow });
      };
      if ("start" in token && Array.isArray(token.start)) note(token.start);
      if ("end" in token) note(token.end);
      if ("props" in token) note(token.props);
      if (token.type === "document") push(token.value, 1);
      else if ("items" in token) {
        for (const item of token.items) {
          note(item.start);
          note(item.sep);
          push(item.key, 1);
          push(item.value, 1);
        }
      } else if (CST.isScalar(token)) scalars.push({ ...rangeOf(token), type: token.type, inFlow });
      else if (token.type === "comment") comments.push(rangeOf(token));
    }
  }
  scalars.sort((a, b) => a.start - b.start);
  return {
    tokens,
    scalars,
    comments,
    ...(tooDeep === undefined ? {} : { tooDeep }),
    ...(secondDocument === undefined ? {} : { secondDocument }),
  };
}

type Parsed =
  | { readonly tokens: readonly CST.Token[] }
  | { readonly refused: "tooMuch" | "tooDeep"; readonly at: Range };

/** Stops as soon as it is clear that no runbook will come of it. */
function parse(text: string): Parsed {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const at = { start: parser.offset, end: parser.offset + 1 };
    if (++lexemes > MAX_LEXEMES) return { refused: "tooMuch", at };
    // Each open map or list is on the parser's stack, beside the document and a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) return { refused: "tooDeep", at };
    for (const token of parser.next(lexeme)) tokens.push(token);
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

function rangeOf(token: CST.Token): Range {
  // A block scalar's own offset is that of its header; its source is the text below.
  if (token.type === "block-scalar") {
    const header = token.props.reduce((length, prop) => length + ("source" in prop ? prop.source.length : 0), 0);
    const start = token.props[0]?.offset ?? token.offset;
    return { start, end: start + header + token.source.length };
  }
  const length = "source" in token ? token.source.length : 1;
  return { start: token.offset, end: token.offset + length };
}
