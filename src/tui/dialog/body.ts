import type { Prompt } from "../../domain/prompt.ts";
import { printable } from "../../lib/printable.ts";
import type { PromptDialog, Scrolled } from "./dialog.ts";
import { markdownLines } from "./markdown.ts";
import { wrap } from "./wrap.ts";

export type BoxLine = {
  readonly text: string;
  readonly look?: "title" | "selected" | "dim";
  /** Parts of the text that look different, in order. */
  readonly spans?: readonly Span[];
};

/** Characters [from, to) of a line. */
export type Span = { readonly from: number; readonly to: number; readonly strong: boolean; readonly code: boolean };

/** What a window shows of a text that is longer than the room for it. */
export type Window = { readonly from: number; readonly room: number };

/** Below this nobody can read what they are asked to allow. */
const MIN_COLUMNS = 20;
const MIN_ROWS = 3;
/** More than this cannot be read on a screen. */
const MAX_BODY_CHARS = 200_000;

export function lines(text: string, width: number, look?: BoxLine["look"]): BoxLine[] {
  return wrap(printable(text), width, MAX_BODY_CHARS).map((line) => ({ text: line, ...(look ? { look } : {}) }));
}

const bodies = new WeakMap<object, { width: number; found: readonly string[]; lines: readonly BoxLine[] }>();

/** What a question says, beside its title and its answers. */
export function promptBody({ prompt, found }: PromptDialog, width: number): readonly BoxLine[] {
  const known = bodies.get(prompt);
  if (known?.width === width && known.found === found) return known.lines;
  const body = [
    ...lines(`step ${prompt.at}`, width, "dim"),
    ...textOf(prompt, width),
    ...(prompt.command ? [{ text: "" }, ...lines(`$ ${prompt.command}`, width)] : []),
    ...(prompt.evidence.length > 0 ? [{ text: "" }] : []),
    ...prompt.evidence.flatMap((line) => lines(`| ${line}`, width)),
    ...(found.length > 0 ? [{ text: "" }, ...found.flatMap((line) => lines(`> ${line}`, width))] : []),
    { text: "" },
  ];
  bodies.set(prompt, { width, found, lines: body });
  return body;
}

/** What an operator wrote is Markdown; what went wrong is told by programs. */
function textOf({ purpose, severity, text }: Prompt, width: number): BoxLine[] {
  if (purpose === "failure" || purpose === "doubt") return lines(text, width);
  return markdownLines(text, width, severity !== "plain", MAX_BODY_CHARS);
}

/** Whether all of the question must have been on the screen before it can be answered with anything that acts. */
export function mustBeRead({ prompt }: PromptDialog): boolean {
  return prompt.severity !== "plain";
}

/** Why a question cannot be answered on a screen of this size, or `undefined`. */
export function unreadable(dialog: PromptDialog, columns: number, rows: number): string | undefined {
  if (!mustBeRead(dialog)) return undefined;
  const { prompt } = dialog;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return "too small to decide this here: enlarge the window";
  if (prompt.text.length > MAX_BODY_CHARS || (prompt.command?.length ?? 0) > MAX_BODY_CHARS) {
    return "too long to be read here: answer it with `runsheet answer`";
  }
  return undefined;
}

/** The part of the text that was on the screen, from its beginning without a gap, this window included. */
export function seenLines({ seen, top }: Scrolled, width: number, total: number, room: number): number {
  if (seen === "all") return total;
  const before = seen.width === width ? seen.lines : 0;
  return top <= before ? Math.max(before, Math.min(total, top + room)) : before;
}
