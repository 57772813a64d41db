import { printable } from "../../lib/printable.ts";
import type { Glyphs } from "../theme.ts";
import { type BoxLine, lines } from "./body.ts";
import { changesOf, type EditDialog } from "./edit.ts";
import type { Parts } from "./place.ts";

/** The fields, or the difference that they make. */
export function editParts(dialog: EditDialog, glyphs: Glyphs, width: number): Parts {
  const noted: BoxLine[] = dialog.note ? [{ text: printable(dialog.note), look: "title" }] : [];
  if (dialog.review) {
    const mark = (yes: boolean): string => (dialog.review?.yes === yes ? glyphs.running : " ");
    const look = (yes: boolean) => (dialog.review?.yes === yes ? { look: "selected" as const } : {});
    return {
      tone: "ask",
      head: [{ text: "Go on with these parameters?", look: "title" }],
      body: [
        ...changesOf(dialog).flatMap(({ name, before, after }) => [
          ...lines(`- ${name}: ${before}`, width),
          ...lines(`+ ${name}: ${after}`, width),
        ]),
        { text: "" },
        ...lines("The failed step is tried again; finished steps keep their results.", width, "dim"),
      ],
      top: 0,
      tail: [
        { text: `${mark(false)} No, edit on`, ...look(false) },
        { text: `${mark(true)} Yes, try again with them`, ...look(true) },
        { text: "arrows choose  enter do it  esc edit on", look: "dim" },
      ],
    };
  }
  const wide = Math.max(...dialog.fields.map(({ name }) => name.length), 4);
  const body = dialog.fields.map(({ name, text, before, problem }, index): BoxLine => {
    const focused = index === dialog.focus;
    const changed = text === before ? " " : "*";
    const value = `${printable(text)}${focused ? "_" : ""}`;
    const room = Math.max(4, width - wide - 6);
    const end = [...value].slice(-room).join("");
    return {
      text: `${focused ? glyphs.running : " "}${changed}${name.padEnd(wide)}  ${end}${problem && !focused ? "  !" : ""}`,
      ...(focused ? { look: "selected" as const } : {}),
    };
  });
  const field = dialog.fields[dialog.focus];
  const hint = field?.problem ? `${glyphs.failed} ${printable(field.problem)}` : printable(field?.hint ?? "");
  return {
    tone: "ask",
    head: [{ text: "Edit parameters and try again", look: "title" }],
    body,
    top: Math.max(0, dialog.focus - 2),
    tail: [
      { text: hint.replace(/\s+/g, " "), look: "dim" },
      ...noted,
      { text: "up/down field  enter show the difference  ctrl-u clear  esc back", look: "dim" },
    ],
  };
}
