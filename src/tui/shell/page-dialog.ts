import { printable } from "../../lib/printable.ts";
import type { BoxLine, BoxTone, DialogBox } from "../dialog/dialog-lines.ts";
import { wrap } from "../dialog/wrap.ts";
import { type Key, keyLabel } from "../key.ts";
import { fitText } from "../terminal/width.ts";
import type { Glyphs } from "../theme.ts";

export type PageOption = {
  readonly id: string;
  readonly label: string;
  /** This text has to be typed before it counts; paste is off. */
  readonly typed?: string;
};

/** A question or a message of a view. Without options any of enter, esc, q closes it. */
export type PageDialog = {
  readonly title: string;
  readonly tone: BoxTone;
  readonly lines: readonly string[];
  readonly options: readonly PageOption[];
  /** -1: nothing preselected. */
  readonly focus: number;
  /** First line of the text that is shown, when there is more than fits. */
  readonly top: number;
  /** The option whose text is being typed. */
  readonly typing: number | undefined;
  readonly text: string;
  readonly note: string;
};

export type NewDialog = Pick<PageDialog, "title" | "lines"> & Partial<PageDialog>;

export function pageDialog(given: NewDialog): PageDialog {
  return { tone: "plain", options: [], focus: 0, top: 0, typing: undefined, text: "", note: "", ...given };
}

export type DialogStep =
  | { readonly kind: "stay"; readonly dialog: PageDialog }
  /** `undefined`: closed without a choice. */
  | { readonly kind: "end"; readonly option: string | undefined };

const MAX_TYPED_CHARS = 500;

/** One key in a dialog. Pure. */
export function dialogKey(dialog: PageDialog, key: Key): DialogStep {
  if (dialog.typing !== undefined) return typingKey(dialog, dialog.options[dialog.typing] as PageOption, key);
  const label = keyLabel(key);
  const { options, focus } = dialog;
  const stay = (change: Partial<PageDialog>): DialogStep => ({
    kind: "stay",
    dialog: { ...dialog, note: "", ...change },
  });
  if (label === "esc" || label === "q") return { kind: "end", option: undefined };
  if (label === "page-down" || label === " ") return stay({ top: dialog.top + 8 });
  if (label === "page-up") return stay({ top: Math.max(0, dialog.top - 8) });
  if (options.length === 0) {
    if (["enter", "?"].includes(label)) return { kind: "end", option: undefined };
    if (["j", "down"].includes(label)) return stay({ top: dialog.top + 1 });
    return ["k", "up"].includes(label) ? stay({ top: Math.max(0, dialog.top - 1) }) : stay({});
  }
  if (["j", "down", "tab"].includes(label)) return stay({ focus: (focus + 1) % options.length });
  if (["k", "up"].includes(label))
    return stay({ focus: focus < 0 ? options.length - 1 : (focus + options.length - 1) % options.length });
  if (/^[1-9]$/.test(label) && Number(label) <= options.length) return stay({ focus: Number(label) - 1 });
  if (label !== "enter") return stay({});
  const option = options[focus];
  if (!option) return stay({ note: "choose with the arrows or a number first" });
  if (option.typed !== undefined) return stay({ typing: focus, text: "" });
  return { kind: "end", option: option.id };
}

function typingKey(dialog: PageDialog, option: PageOption, key: Key): DialogStep {
  const label = keyLabel(key);
  const stay = (change: Partial<PageDialog>): DialogStep => ({
    kind: "stay",
    dialog: { ...dialog, note: "", ...change },
  });
  if (key.kind === "paste") return stay({ note: "paste is off here: type it" });
  if (label === "esc") return stay({ typing: undefined, text: "" });
  if (label === "enter") {
    return dialog.text === option.typed
      ? { kind: "end", option: option.id }
      : stay({ note: "does not match: enter is off" });
  }
  if (label === "backspace") return stay({ text: [...dialog.text].slice(0, -1).join("") });
  if (label === "ctrl-u") return stay({ text: "" });
  return key.kind === "char" ? stay({ text: (dialog.text + key.text).slice(0, MAX_TYPED_CHARS) }) : stay({});
}

const MAX_COLUMNS = 96;

/** Pure. Options, the field and the title stay in sight; the text between them scrolls. */
export function dialogBoxOf(dialog: PageDialog, glyphs: Glyphs, columns: number, rows: number): DialogBox {
  const framed = columns >= 30 && rows >= 8;
  const width = framed ? Math.min(MAX_COLUMNS, columns - 4) : columns;
  const inner = Math.max(1, width - (framed ? 4 : 0));
  const room = Math.max(1, rows - (framed ? 2 : 0));
  const plain = (text: string, look?: BoxLine["look"]): BoxLine[] =>
    wrap(printable(text), inner).map((line) => ({ text: line, ...(look ? { look } : {}) }));
  const tail = tailOf(dialog, inner, glyphs, plain).slice(-room);
  const head = plain(dialog.title, "title").slice(0, Math.max(0, room - tail.length));
  const body = dialog.lines.flatMap((line) => plain(line));
  const bodyRoom = Math.max(0, room - head.length - tail.length);
  const top = Math.min(dialog.top, Math.max(0, body.length - bodyRoom));
  const shown = body.slice(top, top + bodyRoom);
  const below = body.length - top - shown.length;
  if (below > 0 && shown.length > 0) {
    shown[shown.length - 1] = { text: `${glyphs.ellipsis} ${below + 1} more lines: space`, look: "dim" };
  }
  const content = [...head, ...shown, ...tail];
  const lines = framed
    ? frameOf(content, inner, glyphs)
    : content.map((line) => ({ ...line, text: fitText(line.text, inner, glyphs.ellipsis) }));
  const [x, y] = [(columns - width) >> 1, (rows - lines.length) >> 1];
  return { tone: dialog.tone, width, lines, x: Math.max(0, x), y: Math.max(0, y) };
}

function tailOf(
  dialog: PageDialog,
  inner: number,
  glyphs: Glyphs,
  plain: (text: string, look?: BoxLine["look"]) => BoxLine[],
): BoxLine[] {
  const { options, typing, focus } = dialog;
  const noted = dialog.note ? plain(dialog.note, "title") : [];
  const blank: BoxLine = { text: "" };
  if (typing !== undefined) {
    const { typed = "", label } = options[typing] as PageOption;
    const hint = dialog.text === typed ? "matches: enter does it" : "does not match: enter is off";
    return [
      blank,
      ...plain(`${label}: type ${typed}`),
      { text: `> ${printable(dialog.text).slice(-Math.max(1, inner - 3))}_` },
      ...noted,
      ...plain(`${hint}  paste is off  esc back`, "dim"),
    ];
  }
  if (options.length === 0) return [blank, ...noted, ...plain("j/k scroll  esc back", "dim")];
  return [
    blank,
    ...options.map(
      ({ label }, index): BoxLine => ({
        text: `${index === focus ? glyphs.running : " "} ${index + 1}  ${printable(label).replace(/\s+/g, " ")}`,
        ...(index === focus ? { look: "selected" as const } : {}),
      }),
    ),
    blank,
    ...noted,
    ...plain("arrows or number choose  enter do it  esc back", "dim"),
  ];
}

function frameOf(content: readonly BoxLine[], inner: number, glyphs: Glyphs): BoxLine[] {
  const [a, b, c, d, h, v] = glyphs.separator === "|" ? [..."++++-|"] : [..."╭╮╰╯─│"];
  const bar = (h as string).repeat(inner + 2);
  return [
    { text: `${a}${bar}${b}` },
    ...content.map((line) => ({ ...line, text: `${v} ${fitText(line.text, inner, glyphs.ellipsis)} ${v}` })),
    { text: `${c}${bar}${d}` },
  ];
}
