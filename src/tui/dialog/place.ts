import { printable } from "../../lib/printable.ts";
import type { Glyphs } from "../theme.ts";
import type { BoxLine } from "./body.ts";
import type { Option } from "./dialog.ts";

export type BoxTone = "danger" | "doubt" | "ask" | "plain";

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

/** Width and room of a box on a screen of this size; a small one has no frame. */
export function frameOf(columns: number, rows: number) {
  const framed = columns >= 30 && rows >= 8;
  const width = framed ? Math.min(96, columns - 2) : columns;
  return { framed, width, inner: Math.max(1, width - (framed ? 4 : 0)), room: rows - (framed ? 2 : 0) };
}

/** What of the parts is shown in so many rows. */
export function placed({ head, body, tail, top }: Parts, room: number) {
  const tailRoom = Math.max(1, room - 1);
  // Of more options than there is room for, the one with the focus is among those that are shown.
  const focus = tail.findIndex(({ look }) => look === "selected");
  const first = Math.max(0, Math.min(tail.length - tailRoom, focus - (tailRoom >> 1)));
  const tailShown = tail.slice(first, first + tailRoom);
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

export function optionLine(
  option: Pick<Option, "label" | "key">,
  index: number,
  focus: number,
  glyphs: Glyphs,
): BoxLine {
  const mark = index === focus ? glyphs.running : " ";
  const letter = option.key === undefined ? "" : `${option.key}  `;
  return {
    text: `${mark} ${index + 1}  ${letter}${printable(option.label)}`,
    ...(index === focus ? { look: "selected" as const } : {}),
  };
}

export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ");
}
