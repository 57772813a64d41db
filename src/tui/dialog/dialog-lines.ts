import type { ParamSpec } from "../../domain/runbook.ts";
import { printable } from "../../lib/printable.ts";
import { helpLines, type Situation } from "../key-table.ts";
import { fitText } from "../terminal/width.ts";
import type { Glyphs } from "../theme.ts";
import {
  type Dialog,
  LEAVE_OPTIONS,
  optionsOf,
  type PromptDialog,
  READ_ONLY_LEAVE_OPTIONS,
  typedOf,
} from "./dialog.ts";
import { wrap } from "./wrap.ts";

export type BoxTone = "danger" | "doubt" | "ask" | "plain";
export type BoxLine = { readonly text: string; readonly look?: "title" | "selected" | "dim" };
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
  const framed = columns >= 30 && rows >= 8;
  const width = framed ? Math.min(96, columns - 2) : columns;
  const inner = Math.max(1, width - (framed ? 4 : 0));
  const { tone, head, body, tail } = partsOf(dialog, now, glyphs, inner);
  const room = rows - (framed ? 2 : 0);
  const tailShown = tail.slice(0, Math.max(1, room - 1));
  const headShown = head.slice(0, Math.max(0, room - tailShown.length));
  const bodyRoom = Math.max(0, room - headShown.length - tailShown.length);
  const bodyTop = dialog.kind === "help" ? Math.min(dialog.top, Math.max(0, body.length - bodyRoom)) : 0;
  const content = [...headShown, ...shorten(body.slice(bodyTop), bodyRoom), ...tailShown];
  const lines = framed
    ? frame(content, inner, glyphs)
    : content.map((line) => ({ ...line, text: cut(line, inner, glyphs) }));
  return {
    tone,
    width,
    lines,
    x: Math.max(0, (columns - width) >> 1),
    y: Math.max(0, (rows - lines.length) >> 1),
  };
}

type Parts = {
  readonly tone: BoxTone;
  readonly head: readonly BoxLine[];
  readonly body: readonly BoxLine[];
  readonly tail: readonly BoxLine[];
};

function partsOf(dialog: Dialog, now: Situation, glyphs: Glyphs, width: number): Parts {
  const lines = (text: string, look?: BoxLine["look"]): BoxLine[] =>
    wrap(printable(text), width).map((line) => ({ text: line, ...(look ? { look } : {}) }));
  if (dialog.kind === "help") {
    return {
      tone: "plain",
      head: [{ text: "KEYS", look: "title" }],
      body: helpLines(now).flatMap((line) => lines(line)),
      tail: [{ text: "j/k scroll  esc back", look: "dim" }],
    };
  }
  if (dialog.kind === "leave") {
    const options = now.readOnly ? READ_ONLY_LEAVE_OPTIONS : LEAVE_OPTIONS;
    return {
      tone: "ask",
      head: [{ text: "Leave this screen?", look: "title" }],
      body: [],
      tail: [
        ...options.map(({ label }, index) => option(label, index, dialog.focus, glyphs)),
        { text: "arrows choose  enter do it  esc back", look: "dim" },
      ],
    };
  }
  const { prompt } = dialog;
  return {
    tone: prompt.severity === "severe" ? "danger" : prompt.purpose === "doubt" ? "doubt" : "ask",
    head: lines(`${kindOf(dialog)} - ${prompt.title}`, "title"),
    body: [
      ...lines(`step ${prompt.at}`, "dim"),
      ...lines(prompt.text),
      ...(prompt.command ? [{ text: "" }, ...lines(`$ ${prompt.command}`)] : []),
      ...(prompt.evidence.length > 0 ? [{ text: "" }] : []),
      ...prompt.evidence.flatMap((line) => lines(`| ${line}`)),
      { text: "" },
    ],
    tail: answerLines(dialog, glyphs, width),
  };
}

function kindOf({ prompt }: PromptDialog): string {
  if (prompt.severity === "severe") return "DESTRUCTIVE";
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
  const noted: BoxLine[] = note ? [{ text: printable(note).replace(/\s+/g, " "), look: "title" }] : [];
  if (chosen === undefined) {
    const options = optionsOf(prompt).map(({ label }, index) => option(label, index, dialog.focus, glyphs));
    return [...options, ...noted, { text: "arrows or number choose  enter do it  esc decide later", look: "dim" }];
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

function hintOf(spec: ParamSpec): string {
  const choices = spec.enum ? ` (one of ${spec.enum.map(String).join(", ")})` : "";
  return printable(`${spec.type}${choices}${spec.description ? `, ${spec.description}` : ""}`).replace(/\s+/g, " ");
}

/** The end of what is written, where the cursor is. */
function fieldText({ prompt, text }: PromptDialog, width: number): string {
  const secret = prompt.expects.kind === "value" && prompt.expects.spec.type === "secret";
  const shown = secret ? "*".repeat(Math.min(text.length, 40)) : printable(text);
  return `> ${[...shown].slice(-Math.max(1, width - 3)).join("")}_`;
}

function option(label: string, index: number, focus: number, glyphs: Glyphs): BoxLine {
  const mark = index === focus ? glyphs.running : " ";
  return {
    text: `${mark} ${index + 1}  ${printable(label)}`,
    ...(index === focus ? { look: "selected" as const } : {}),
  };
}

function shorten(lines: readonly BoxLine[], room: number): readonly BoxLine[] {
  if (lines.length <= room) return lines;
  if (room === 0) return [];
  return [...lines.slice(0, room - 1), { text: `… ${lines.length - room + 1} more lines`, look: "dim" }];
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
