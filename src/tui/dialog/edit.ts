import { type Key, keyLabel } from "../key.ts";
import type { Dialog } from "./dialog.ts";

/** One parameter as text: as it is, and as it is to be. */
export type EditField = {
  readonly name: string;
  readonly hint: string;
  readonly before: string;
  readonly text: string;
  readonly problem: string;
};

/** The parameters of a run, to be changed before a step is tried again. Nothing happens before the difference was shown. */
export type EditDialog = {
  readonly kind: "edit";
  readonly fields: readonly EditField[];
  readonly focus: number;
  /** The difference is shown; `yes` says what has the focus there. */
  readonly review: { readonly yes: boolean } | undefined;
  readonly note: string;
  readonly back: Dialog | undefined;
};

export type Change = { readonly name: string; readonly before: string; readonly after: string };

export type EditStep =
  | { readonly kind: "dialog"; readonly dialog: Dialog | undefined }
  | { readonly kind: "retry-with"; readonly changes: readonly Change[] };

const MAX_TEXT_CHARS = 2_000;

export function changesOf({ fields }: EditDialog): readonly Change[] {
  return fields
    .filter(({ before, text }) => before !== text)
    .map(({ name, before, text }) => ({ name, before, after: text }));
}

/** One key. Pure; `check` says why a text is no value of a parameter. */
export function editKey(
  dialog: EditDialog,
  key: Key,
  check: (name: string, text: string) => string | undefined,
): EditStep {
  const label = keyLabel(key);
  const stay = (change: Partial<EditDialog>): EditStep => ({ kind: "dialog", dialog: { ...dialog, ...change } });
  if (dialog.review) return reviewKey(dialog, label, stay);
  const { fields, focus } = dialog;
  const field = fields[focus];
  if (label === "esc" || !field) return { kind: "dialog", dialog: dialog.back };
  if (label === "down" || label === "tab") return stay({ focus: (focus + 1) % fields.length, note: "" });
  if (label === "up") return stay({ focus: (focus + fields.length - 1) % fields.length, note: "" });
  const write = (text: string): EditStep => {
    const problem = check(field.name, text) ?? "";
    const changed = { ...field, text: text.slice(0, MAX_TEXT_CHARS), problem };
    return stay({ fields: fields.map((each, index) => (index === focus ? changed : each)), note: "" });
  };
  if (label === "enter") {
    const wrong = fields.find(({ problem }) => problem !== "");
    if (wrong) return stay({ focus: fields.indexOf(wrong), note: `${wrong.name}: ${wrong.problem}` });
    return changesOf(dialog).length === 0
      ? stay({ note: "nothing is changed yet" })
      : stay({ review: { yes: false }, note: "" });
  }
  if (label === "backspace") return write([...field.text].slice(0, -1).join(""));
  if (label === "ctrl-u") return write("");
  if (key.kind === "named") return stay({});
  return write(field.text + (key.kind === "paste" ? key.text.replace(/\s+/g, " ") : key.text));
}

function reviewKey(dialog: EditDialog, label: string, stay: (change: Partial<EditDialog>) => EditStep): EditStep {
  const yes = dialog.review?.yes === true;
  if (label === "esc") return stay({ review: undefined });
  if (["up", "down", "left", "right", "tab", "j", "k", "h", "l"].includes(label))
    return stay({ review: { yes: !yes } });
  if (label !== "enter") return stay({});
  return yes ? { kind: "retry-with", changes: changesOf(dialog) } : stay({ review: undefined });
}
