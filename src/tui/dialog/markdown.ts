import { printable } from "../../lib/printable.ts";
import type { BoxLine, Span } from "./body.ts";
import { wrap } from "./wrap.ts";

const HEADING = /^ {0,3}#{1,6}\s+(?=\S)/;
const FENCE = /^\s*(?:```|~~~)/;
const ITEM = /^(\s*(?:[-*+]|\d{1,3}[.)])\s+)(?=\S)/;
/** Only what nobody can take for a pattern of file names: `**` before a word and after one, blanks or punctuation around. */
const INLINE =
  /`([^`]+)`|(?<![\p{L}\p{N}_*/.])\*\*(?=[\p{L}\p{N}`"'(])([^*]+)(?<=[\p{L}\p{N}`"').,:!?%])\*\*(?![\p{L}\p{N}_*/]|\.\S)/gu;
const MIN_COLUMNS_BESIDE_MARKER = 12;

const STRONG = 1;
const CODE = 2;
/** Text with the style of each of its characters. */
type Styled = { readonly text: string; readonly styles: readonly number[] };

/**
 * Markdown as operators write it into questions: bold, code, headings, lists and fenced blocks. Anything else stays as it is
 * written. With `exact` the markers stay, too: what is allowed by an answer must be read as it is, and a name in it may have stars.
 */
export function markdownLines(text: string, width: number, exact: boolean, maxChars: number): BoxLine[] {
  const out: BoxLine[] = [];
  let fenced = false;
  for (const line of printable(text).slice(0, maxChars).replaceAll("\t", "    ").split("\n")) {
    const fence = FENCE.test(line);
    if (fence) fenced = !fenced;
    if (fence && !exact) continue;
    if (fenced || fence) out.push(...wrapped(uniform(line, CODE), width));
    else out.push(...lineOf(line, width, exact));
  }
  return out;
}

function lineOf(line: string, width: number, exact: boolean): BoxLine[] {
  const heading = HEADING.exec(line)?.[0];
  if (heading !== undefined) return wrapped(uniform(exact ? line : line.slice(heading.length), STRONG), width);
  const marker = ITEM.exec(line)?.[0] ?? "";
  const content = inline(line.slice(marker.length), exact);
  const beside = width - marker.length;
  if (marker === "" || beside < MIN_COLUMNS_BESIDE_MARKER) return wrapped(joined([uniform(marker, 0), content]), width);
  return wrapped(content, beside).map((row, index) => indented(row, index === 0 ? marker : " ".repeat(marker.length)));
}

function inline(text: string, exact: boolean): Styled {
  return joined(pieces(text, exact, 0));
}

function* pieces(text: string, exact: boolean, around: number): Iterable<Styled> {
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong = ""] = match;
    const style = around | (code === undefined ? STRONG : CODE);
    const mark = uniform(exact ? (code === undefined ? "**" : "`") : "", style);
    yield uniform(text.slice(last, match.index), around);
    yield mark;
    if (code === undefined) yield* pieces(strong, exact, style);
    else yield uniform(code, style);
    yield mark;
    last = match.index + whole.length;
  }
  yield uniform(text.slice(last), around);
}

function uniform(text: string, style: number): Styled {
  return { text, styles: Array<number>(text.length).fill(style) };
}

function joined(parts: Iterable<Styled>): Styled {
  const all = [...parts];
  return { text: all.map(({ text }) => text).join(""), styles: all.flatMap(({ styles }) => styles) };
}

/** Wrapping only takes blanks away at ends of lines, so each line is found again behind the one before. */
function wrapped({ text, styles }: Styled, width: number): BoxLine[] {
  let at = 0;
  return wrap(text, width, text.length).map((line) => {
    const from = text.indexOf(line, at);
    at = from + line.length;
    const spans = spansOf(styles.slice(from, at));
    return spans.length > 0 ? { text: line, spans } : { text: line };
  });
}

function spansOf(styles: readonly number[]): Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < styles.length; ) {
    const style = styles[from] as number;
    let to = from;
    while (to < styles.length && styles[to] === style) to++;
    if (style !== 0) spans.push({ from, to, strong: (style & STRONG) > 0, code: (style & CODE) > 0 });
    from = to;
  }
  return spans;
}

export function indented(line: BoxLine, before: string): BoxLine {
  const { length } = before;
  const spans = line.spans?.map((span) => ({ ...span, from: span.from + length, to: span.to + length }));
  return { ...line, text: before + line.text, ...(spans ? { spans } : {}) };
}
