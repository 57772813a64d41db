import type { Answer } from "../../domain/prompt.ts";
import { type Key, keyLabel } from "../key.ts";
import type { ReadValue, RunSource } from "../run-source.ts";
import { unreadable } from "./body.ts";
import { type Aside, type Option, optionsOf, type PromptDialog, typedOf } from "./dialog.ts";
import { scrollRange } from "./dialog-lines.ts";
import { noteSeen } from "./prompt-parts.ts";

export type PromptStep =
  | { readonly kind: "dialog"; readonly dialog: PromptDialog }
  /** Decided later; the question stays open. */
  | { readonly kind: "later" }
  /** Something beside the answer; the question stays open. */
  | { readonly kind: "aside"; readonly aside: Aside; readonly dialog: PromptDialog }
  | { readonly kind: "answer"; readonly answer: Answer; readonly dialog: PromptDialog };

/** What a key in a question is judged by. */
export type PromptSurroundings = {
  readonly columns: number;
  readonly rows: number;
  readonly readValue: RunSource["readValue"];
};

const MAX_TEXT_CHARS = 2_000;

/** One key in a question. Pure. Nothing is answered while part of what must be read was never on the screen. */
export function promptKey(before: PromptDialog, key: Key, now: PromptSurroundings): PromptStep {
  if (before.sent) return { kind: "dialog", dialog: before };
  const label = keyLabel(key);
  if (unreadable(before, now.columns, now.rows)) {
    return label === "esc" ? { kind: "later" } : { kind: "dialog", dialog: before };
  }
  const { dialog, unseen } = noteSeen(before, now.columns, now.rows);
  const scrolled = scrolledTo(dialog, label, now, unseen > 0);
  if (scrolled !== undefined) return { kind: "dialog", dialog: { ...dialog, top: scrolled, note: "" } };
  if (unseen > 0) return label === "esc" ? { kind: "later" } : say(dialog, "read it to its end first");
  if (dialog.chosen !== undefined) return textKey(dialog, key, now.readValue);
  return optionKey(dialog, key, label);
}

function optionKey(dialog: PromptDialog, key: Key, label: string): PromptStep {
  const options = optionsOf(dialog.prompt);
  if (label === "esc") return { kind: "later" };
  if (label === "enter") {
    const option = options[dialog.focus];
    return option ? choose(dialog, dialog.focus, option) : say(dialog, "choose with the arrows or a number first");
  }
  const lettered = key.kind === "char" ? options.findIndex((option) => option.key === label) : -1;
  const option = options[lettered];
  if (option?.aside) return choose(dialog, lettered, option);
  const focus = lettered >= 0 ? lettered : moved(dialog, label, options.length);
  return { kind: "dialog", dialog: { ...dialog, note: "", focus } };
}

function scrolledTo(
  dialog: PromptDialog,
  label: string,
  { columns, rows }: PromptSurroundings,
  reading: boolean,
): number | undefined {
  const free = reading || dialog.chosen !== undefined;
  const by =
    label === "page-down" || (label === " " && (reading || dialog.chosen === undefined))
      ? "page"
      : label === "page-up"
        ? "back"
        : free && (label === "down" || (reading && label === "j"))
          ? 1
          : free && (label === "up" || (reading && label === "k"))
            ? -1
            : undefined;
  if (by === undefined) return undefined;
  const now = { waiting: true, readOnly: false, live: true, hasLog: false, hasGrid: false };
  const { last, page } = scrollRange(dialog, now, columns, rows);
  const step = by === "page" ? page : by === "back" ? -page : by;
  return Math.max(0, Math.min(last, Math.min(dialog.top, last) + step));
}

function moved(dialog: PromptDialog, label: string, count: number): number {
  const { focus } = dialog;
  if (/^[1-9]$/.test(label)) return Number(label) <= count ? Number(label) - 1 : focus;
  if (["down", "right", "tab", "j", "l"].includes(label)) return (focus + 1) % count;
  if (["up", "left", "k", "h"].includes(label)) return focus < 0 ? count - 1 : (focus + count - 1) % count;
  // For a plain question a letter moves the focus; enter decides. A command that changes things wants the way there.
  if (dialog.prompt.expects.kind === "approval") {
    if (label === "n") return 0;
    if (label === "y" && dialog.prompt.severity === "plain") return 1;
  }
  return focus;
}

function choose(dialog: PromptDialog, index: number, option: Option): PromptStep {
  if (option.aside) return { kind: "aside", aside: option.aside, dialog: { ...dialog, focus: index, note: "" } };
  return option.wants
    ? { kind: "dialog", dialog: { ...dialog, chosen: index, text: "", note: "" } }
    : send(dialog, option.answer(""));
}

function textKey(dialog: PromptDialog, key: Key, readValue: RunSource["readValue"]): PromptStep {
  const label = keyLabel(key);
  if (key.kind === "paste") {
    return typedOf(dialog.prompt) === undefined
      ? write(dialog, dialog.text + key.text.replace(/\s+/g, " "))
      : say(dialog, "paste is off here: type it");
  }
  if (label === "esc") {
    return optionsOf(dialog.prompt).length > 0
      ? { kind: "dialog", dialog: { ...dialog, chosen: undefined, text: "", note: "" } }
      : { kind: "later" };
  }
  if (label === "backspace") return write(dialog, [...dialog.text].slice(0, -1).join(""));
  if (label === "ctrl-u") return write(dialog, "");
  if (label === "enter") return submit(dialog, readValue);
  return key.kind === "char" ? write(dialog, dialog.text + key.text) : { kind: "dialog", dialog };
}

function submit(dialog: PromptDialog, readValue: RunSource["readValue"]): PromptStep {
  const { prompt, text } = dialog;
  const { expects } = prompt;
  if (expects.kind === "approval") {
    if (text === expects.typed) return send(dialog, { kind: "approve", typed: text });
    if (/^no?$/i.test(text.trim())) return send(dialog, { kind: "reject" });
    return say(dialog, `does not match: enter is off`);
  }
  if (expects.kind === "value") {
    const read: ReadValue = readValue(expects.spec, text);
    return read.kind === "ok" ? send(dialog, { kind: "value", value: read.value }) : say(dialog, read.problem);
  }
  const option = optionsOf(prompt)[dialog.chosen ?? -1];
  if (!option) return { kind: "dialog", dialog };
  if (option.wants?.required && text.trim() === "") return say(dialog, `${option.wants.label} is needed`);
  return send(dialog, option.answer(text));
}

function send(dialog: PromptDialog, answer: Answer): PromptStep {
  return { kind: "answer", answer, dialog: { ...dialog, sent: true, note: "sending" } };
}

function say(dialog: PromptDialog, note: string): PromptStep {
  return { kind: "dialog", dialog: { ...dialog, note } };
}

function write(dialog: PromptDialog, text: string): PromptStep {
  return { kind: "dialog", dialog: { ...dialog, text: text.slice(0, MAX_TEXT_CHARS), note: "" } };
}
