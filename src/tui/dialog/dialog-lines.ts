import type { ParamSpec } from "../../domain/runbook.ts";
import { printable } from "../../lib/printable.ts";
import { helpLines, type Situation } from "../key-table.ts";
import { duration } from "../run/duration.ts";
import { fitText } from "../terminal/width.ts";
import { type Glyphs, UNICODE } from "../theme.ts";
import { type BoxLine, lines, mustBeRead, promptBody, seenLines, unreadable } from "./body.ts";
import {
  type Dialog,
  LEAVE_OPTIONS,
  type Option,
  optionsOf,
  type PromptDialog,
  READ_ONLY_LEAVE_OPTIONS,
  typedOf,
  type WaitingDialog,
} from "./dialog.ts";
import { editParts } from "./edit-lines.ts";
import { waitingOptions } from "./waiting.ts";

export type { BoxLine } from "./body.ts";
export type BoxTone = "danger" | "doubt" | "ask" | "plain";
export type DialogBox = {
  readonly tone: BoxTone;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Each exactly `width` columns, frame included. */
  readonly lines: readonly BoxLine[];
};

/** The parts of a dialog: `head` and `tail` stay, `body` scrolls between them. */
export type Parts = {
  readonly tone: BoxTone;
  readonly head: readonly BoxLine[];
  readonly body: readonly BoxLine[];
  readonly top: number;
  readonly tail: readonly BoxLine[];
  /** The tail says how much is left; the whole window is text. */
  readonly reading?: boolean;
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

/** The question with what is on the screen of it now noted as seen, and how many lines nobody has seen yet. */
export function noteSeen(
  dialog: PromptDialog,
  columns: number,
  rows: number,
): { readonly dialog: PromptDialog; readonly unseen: number } {
  if (!mustBeRead(dialog) || dialog.seen === "all") return { dialog, unseen: 0 };
  const { inner, room } = frameOf(columns, rows);
  const total = promptBody(dialog, inner).length;
  const fits = placed(answering(dialog, UNICODE, inner), room).bodyRoom >= total;
  const { from, bodyRoom } = placed(readingParts(dialog, inner, room, 0), room);
  const end = fits ? total : seenLines({ ...dialog, top: from }, inner, total, bodyRoom);
  if (end >= total) return { dialog: { ...dialog, seen: "all" }, unseen: 0 };
  return { dialog: { ...dialog, seen: { width: inner, lines: end } }, unseen: total - end };
}

function frameOf(columns: number, rows: number) {
  const framed = columns >= 30 && rows >= 8;
  const width = framed ? Math.min(96, columns - 2) : columns;
  return { framed, width, inner: Math.max(1, width - (framed ? 4 : 0)), room: rows - (framed ? 2 : 0) };
}

function placed({ head, body, tail, top }: Parts, room: number) {
  const tailShown = tail.slice(0, Math.max(1, room - 1));
  const headShown = head.slice(0, Math.max(0, room - tailShown.length));
  const bodyRoom = Math.max(0, room - headShown.length - tailShown.length);
  return {
    head: headShown,
    body,
    tail: tailShown,
    bodyRoom,
    from: Math.max(0, Math.min(top, body.length - bodyRoom)),
  };
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

function promptParts(
  dialog: PromptDialog,
  glyphs: Glyphs,
  columns: number,
  rows: number,
  width: number,
  room: number,
): Parts {
  const blocked = unreadable(dialog, columns, rows);
  if (blocked) {
    const head = lines(`${kindOf(dialog)} - ${dialog.prompt.title}`, width, "title");
    return {
      tone: toneOf(dialog),
      head,
      body: [],
      top: 0,
      tail: [{ text: blocked }, { text: "esc later", look: "dim" }],
    };
  }
  const { unseen } = noteSeen(dialog, columns, rows);
  return unseen > 0 ? readingParts(dialog, width, room, unseen) : answering(dialog, glyphs, width);
}

/** All of the room for the text: the answers come when it has been read. */
function readingParts(dialog: PromptDialog, width: number, room: number, unseen: number): Parts {
  const head = lines(`${kindOf(dialog)} - ${dialog.prompt.title}`, width, "title");
  const more = `${unseen} more to read: page-down, down  esc later${dialog.note ? `  (${oneLine(dialog.note)})` : ""}`;
  return {
    tone: toneOf(dialog),
    head: room >= 12 ? head : room >= 3 ? head.slice(0, 1) : [],
    body: promptBody(dialog, width),
    top: dialog.top,
    tail: [{ text: more, look: "title" }],
    reading: true,
  };
}

function answering(dialog: PromptDialog, glyphs: Glyphs, width: number): Parts {
  return {
    tone: toneOf(dialog),
    head: lines(`${kindOf(dialog)} - ${dialog.prompt.title}`, width, "title"),
    body: promptBody(dialog, width),
    top: dialog.top,
    tail: answerLines(dialog, glyphs, width),
  };
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

function toneOf({ prompt }: PromptDialog): BoxTone {
  if (prompt.purpose === "doubt") return "doubt";
  return prompt.severity === "severe" || prompt.purpose === "failure" ? "danger" : "ask";
}

function kindOf({ prompt }: PromptDialog): string {
  if (prompt.purpose === "confirm" && prompt.severity !== "plain") return "DESTRUCTIVE";
  const words = {
    confirm: "CONFIRM",
    input: "INPUT",
    manual: "BY HAND",
    failure: "FAILED",
    doubt: "IN DOUBT",
    pilot: "PILOT DONE",
    step: "NEXT STEP",
  } as const;
  return words[prompt.purpose];
}

function answerLines(dialog: PromptDialog, glyphs: Glyphs, width: number): BoxLine[] {
  const { prompt, chosen, note } = dialog;
  const noted: BoxLine[] = note ? [{ text: oneLine(note), look: "title" }] : [];
  if (chosen === undefined) {
    const options = optionsOf(prompt).map((option, index) => optionLine(option, index, dialog.focus, glyphs));
    return [
      ...options,
      ...noted,
      { text: "arrows, number or letter choose  enter do it  esc decide later", look: "dim" },
    ];
  }
  const typed = typedOf(prompt);
  const field: BoxLine = { text: fieldText(dialog, width) };
  if (typed !== undefined) {
    const match = dialog.text === typed ? "matches: enter does it" : `does not match: enter is off`;
    return [
      { text: `Type ${printable(typed)} to do it, no to refuse:` },
      field,
      ...noted,
      { text: `${match}  paste is off  esc decide later`, look: "dim" },
    ];
  }
  if (prompt.expects.kind === "value") {
    return [
      { text: `${hintOf(prompt.expects.spec)}:` },
      field,
      ...noted,
      { text: "enter give it  ctrl-u clear  esc decide later", look: "dim" },
    ];
  }
  const picked = optionsOf(prompt)[chosen];
  return [
    { text: `${picked?.label ?? ""}: ${picked?.wants?.label ?? ""}` },
    field,
    ...noted,
    { text: "enter do it  esc back", look: "dim" },
  ];
}

export function hintOf(spec: ParamSpec): string {
  const choices = spec.enum ? ` (one of ${spec.enum.map(String).join(", ")})` : "";
  return oneLine(`${spec.type}${choices}${spec.description ? `, ${spec.description}` : ""}`);
}

/** The end of what is written, where the cursor is. */
function fieldText({ prompt, text }: PromptDialog, width: number): string {
  const secret = prompt.expects.kind === "value" && prompt.expects.spec.type === "secret";
  const shown = secret ? "*".repeat(Math.min(text.length, 40)) : printable(text);
  return `> ${[...shown].slice(-Math.max(1, width - 3)).join("")}_`;
}

function optionLine(option: Pick<Option, "label" | "key">, index: number, focus: number, glyphs: Glyphs): BoxLine {
  const mark = index === focus ? glyphs.running : " ";
  const letter = option.key === undefined ? "" : `${option.key}  `;
  return {
    text: `${mark} ${index + 1}  ${letter}${printable(option.label)}`,
    ...(index === focus ? { look: "selected" as const } : {}),
  };
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ");
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
    ...content.map((line) => ({ ...line, text: `${v} ${cut(line, inner, glyphs)} ${v}` })),
    { text: `${c}${bar}${d}` },
  ];
}

function cut(line: BoxLine, width: number, glyphs: Glyphs): string {
  return fitText(line.text.replaceAll("\t", "    "), width, glyphs.ellipsis);
}
