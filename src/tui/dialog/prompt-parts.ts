import type { ParamSpec } from "../../domain/runbook.ts";
import { printable } from "../../lib/printable.ts";
import { type Glyphs, UNICODE } from "../theme.ts";
import { type BoxLine, lines, mustBeRead, promptBody, seenLines, unreadable } from "./body.ts";
import { optionsOf, type PromptDialog, typedOf } from "./dialog.ts";
import { type BoxTone, frameOf, oneLine, optionLine, type Parts, placed } from "./place.ts";

export function promptParts(
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
