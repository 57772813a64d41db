import { printable } from "../../lib/printable.ts";
import { helpLines, type Situation } from "../key-table.ts";
import { duration } from "../run/duration.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, UNICODE } from "../theme.ts";
import { type BoxLine, lines } from "./body.ts";
import { type Dialog, LEAVE_OPTIONS, READ_ONLY_LEAVE_OPTIONS, type WaitingDialog } from "./dialog.ts";
import { editParts } from "./edit-lines.ts";
import { indented } from "./markdown.ts";
import { type BoxTone, frameOf, optionLine, type Parts, placed } from "./place.ts";
import { promptParts } from "./prompt-parts.ts";
import { waitingOptions } from "./waiting.ts";

export type { BoxLine } from "./body.ts";
export type { BoxTone } from "./place.ts";
export type DialogBox = {
  readonly tone: BoxTone;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Each exactly `width` columns, frame included. */
  readonly lines: readonly BoxLine[];
};

/** Pure. The box never leaves the screen; what decides (title, choices, the field) is kept when there is little room. */
export function dialogBox(dialog: Dialog, now: Situation, glyphs: Glyphs, columns: number, rows: number): DialogBox {
  const { framed, width, inner, room } = frameOf(columns, rows);
  const parts = partsOf(dialog, now, glyphs, columns, rows);
  const { head, body, tail, from, bodyRoom } = placed(parts, room);
  const window = parts.reading ? body.slice(from, from + bodyRoom) : shorten(body.slice(from), bodyRoom, glyphs);
  const content = [...head, ...window, ...tail];
  const shown = framed
    ? frame(content, inner, glyphs)
    : content.map((line) => ({ ...line, text: cut(line, inner, glyphs) }));
  return {
    tone: parts.tone,
    width,
    lines: shown,
    x: Math.max(0, (columns - width) >> 1),
    y: Math.max(0, (rows - shown.length) >> 1),
  };
}

/** How far a dialog of these lines can be scrolled, and how far a page goes. */
export function scrollRange(
  dialog: Dialog,
  now: Situation,
  columns: number,
  rows: number,
): { readonly last: number; readonly page: number } {
  const { body, bodyRoom } = placed(partsOf(dialog, now, UNICODE, columns, rows), frameOf(columns, rows).room);
  return { last: Math.max(0, body.length - bodyRoom), page: Math.max(1, bodyRoom - 1) };
}

function partsOf(dialog: Dialog, now: Situation, glyphs: Glyphs, columns: number, rows: number): Parts {
  const { inner: width, room } = frameOf(columns, rows);
  switch (dialog.kind) {
    case "help":
      return {
        tone: "plain",
        head: [{ text: "KEYS", look: "title" }],
        body: helpLines(now).flatMap((line) => lines(line, width)),
        top: dialog.top,
        tail: [{ text: "j/k scroll  esc back", look: "dim" }],
      };
    case "leave": {
      const options = now.readOnly ? READ_ONLY_LEAVE_OPTIONS : LEAVE_OPTIONS;
      return {
        tone: "ask",
        head: [{ text: "Leave this screen?", look: "title" }],
        body: [],
        top: 0,
        tail: [
          ...options.map(({ label }, index) => optionLine({ label }, index, dialog.focus, glyphs)),
          { text: "arrows choose  enter do it  esc back", look: "dim" },
        ],
      };
    }
    case "text":
      return {
        tone: "plain",
        head: [{ text: printable(dialog.title), look: "title" }],
        body: dialog.lines.flatMap((line) => lines(line, width)),
        top: dialog.top,
        tail: [{ text: "j/k space scroll  esc back", look: "dim" }],
      };
    case "edit":
      return editParts(dialog, glyphs, width);
    case "sure":
      return {
        tone: "ask",
        head: lines(dialog.title, width, "title"),
        body: [...lines(dialog.text, width), { text: "" }],
        top: 0,
        tail: [
          optionLine({ label: "No" }, 0, dialog.focus, glyphs),
          optionLine({ label: dialog.yes }, 1, dialog.focus, glyphs),
          { text: "arrows or number choose  enter do it  esc back", look: "dim" },
        ],
      };
    case "waiting":
      return waitingParts(dialog, glyphs, width);
    case "prompt":
      return promptParts(dialog, glyphs, columns, rows, width, room);
  }
}

/** A failure that will be tried again by itself, with the time until then. */
function waitingParts(dialog: WaitingDialog, glyphs: Glyphs, width: number): Parts {
  const { leftMs } = dialog;
  const left = leftMs === undefined ? "soon" : `in ${duration(leftMs)}`;
  return {
    tone: "ask",
    head: lines(`FAILED, tried again ${left} - ${dialog.title}`, width, "title"),
    body: [...lines(dialog.text, width), { text: "" }],
    top: 0,
    tail: [
      ...waitingOptions.map((option, index) => optionLine(option, index, dialog.focus, glyphs)),
      { text: "arrows, number or letter choose  enter do it  esc back", look: "dim" },
    ],
  };
}

function shorten(body: readonly BoxLine[], room: number, glyphs: Glyphs): readonly BoxLine[] {
  if (body.length <= room) return body;
  if (room === 0) return [];
  if (room === 1) return body.slice(0, 1);
  const left = body.length - room + 1;
  return [...body.slice(0, room - 1), { text: `${glyphs.ellipsis} ${left} more lines`, look: "dim" }];
}

function frame(content: readonly BoxLine[], inner: number, glyphs: Glyphs): BoxLine[] {
  const ascii = glyphs.separator === "|";
  const [a, b, c, d, h, v] = ascii ? ["+", "+", "+", "+", "-", "|"] : ["╭", "╮", "╰", "╯", "─", "│"];
  const bar = (h as string).repeat(inner + 2);
  return [
    { text: `${a}${bar}${b}` },
    ...content.map((line) => indented({ ...line, text: `${cut(line, inner, glyphs)} ${v}` }, `${v} `)),
    { text: `${c}${bar}${d}` },
  ];
}

function cut(line: BoxLine, width: number, glyphs: Glyphs): string {
  return fitText(line.text.replaceAll("\t", "    "), width, glyphs.ellipsis);
}
