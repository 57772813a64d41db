import type { Answer, Prompt } from "../../domain/prompt.ts";
import type { StopKind } from "../run-source.ts";
import type { EditDialog } from "./edit.ts";
import type { SureDialog } from "./sure.ts";

/** A dialog that has the keys. Nothing behind it hears any. */
export type Dialog = HelpDialog | LeaveDialog | PromptDialog | WaitingDialog | TextDialog | EditDialog | SureDialog;

export type HelpDialog = { readonly kind: "help"; readonly top: number };

export type LeaveDialog = { readonly kind: "leave"; readonly focus: number };

/** A question to the operator. */
export type PromptDialog = Scrolled & {
  readonly kind: "prompt";
  readonly prompt: Prompt;
  /** Index into `optionsOf`; -1: nothing preselected. */
  readonly focus: number;
  /** The option that a text is being written for; questions of text only have one from the start. */
  readonly chosen: number | undefined;
  readonly text: string;
  readonly note: string;
  /** The answer is on its way. */
  readonly sent: boolean;
  /** What was found out since the question was asked: a probe's answer. */
  readonly found: readonly string[];
};

/** A step that will be tried again by itself: what failed, how long until then, what can be done meanwhile. */
export type WaitingDialog = {
  readonly kind: "waiting";
  readonly at: string;
  readonly title: string;
  readonly text: string;
  readonly focus: number;
  /** Until it is tried again; filled in when it is drawn. */
  readonly leftMs?: number | undefined;
};

/** Something to read. */
export type TextDialog = {
  readonly kind: "text";
  readonly title: string;
  readonly lines: readonly string[];
  readonly top: number;
  /** What was open before and opens again. */
  readonly back: Dialog | undefined;
};

/** How much of a long text was on the screen: whoever is to allow something must have been shown all of it. */
export type Scrolled = {
  readonly top: number;
  readonly seen: "all" | { readonly width: number; readonly lines: number };
};

export const UNSEEN: Scrolled = { top: 0, seen: { width: 0, lines: 0 } };

/** What a choice does beside answering. None of these changes the run. */
export type Aside = "edit" | "shell" | "diagnose" | "probe";

export type Option = {
  readonly label: string;
  /** Moves the focus here; asides act at once. */
  readonly key?: string;
  readonly aside?: Aside;
  readonly answer: (text: string) => Answer;
  /** What the option still wants to know. */
  readonly wants?: { readonly label: string; readonly required: boolean };
};

export type LeaveOption = { readonly label: string; readonly act: "stay" | "detach" | StopKind };

export const LEAVE_OPTIONS: readonly LeaveOption[] = [
  { label: "stay here", act: "stay" },
  { label: "detach: the run goes on, this screen closes", act: "detach" },
  { label: "stop after the current step", act: "after-step" },
  { label: "stop now: end what is running", act: "now" },
];

export const READ_ONLY_LEAVE_OPTIONS: readonly LeaveOption[] = LEAVE_OPTIONS.slice(0, 2);

/** A question as it is first shown: the harmless option has the focus, or none has. */
export function dialogFor(prompt: Prompt): PromptDialog {
  const asksText = isTextQuestion(prompt);
  return {
    kind: "prompt",
    prompt,
    focus: prompt.expects.kind === "approval" && !asksText ? 0 : -1,
    chosen: asksText ? 0 : undefined,
    text: "",
    note: "",
    sent: false,
    found: [],
    ...UNSEEN,
  };
}

/** Answered by writing, without options before. */
export function isTextQuestion(prompt: Prompt): boolean {
  const { expects } = prompt;
  return expects.kind === "value" || (expects.kind === "approval" && typedOf(prompt) !== undefined);
}

/** The text that lets a severe question through. */
export function typedOf(prompt: Prompt): string | undefined {
  return prompt.expects.kind === "approval" ? prompt.expects.typed : undefined;
}

/** What can be chosen; the harmless one first, what changes nothing last. */
export function optionsOf(prompt: Prompt): readonly Option[] {
  const { expects } = prompt;
  switch (expects.kind) {
    case "approval":
      return expects.typed !== undefined
        ? []
        : [
            { label: "No", answer: () => ({ kind: "reject" }) },
            { label: "Yes, do it", answer: () => ({ kind: "approve" }) },
          ];
    case "value":
      return [];
    case "manual":
      return [true, false].map((done) => ({
        label: done ? "done" : "failed",
        key: done ? "d" : "f",
        wants: { label: "note (may be empty)", required: false },
        answer: (text) => ({ kind: "manual", done, ...(text.trim() ? { note: text.trim() } : {}) }),
      }));
    case "choice":
      return [...expects.choices.map(choiceOption), ...asidesOf(prompt)];
  }
}

const LETTERS: { readonly [choice: string]: string } = {
  retry: "r",
  skip: "s",
  stop: "a",
  done: "d",
  "not-done": "n",
  rerun: "R",
  "go-on": "g",
};

function choiceOption(choice: { id: string; label: string; needsReason: boolean }): Option {
  const key = LETTERS[choice.id];
  return {
    label: choice.label,
    ...(key ? { key } : {}),
    ...(choice.needsReason ? { wants: { label: "reason", required: true } } : {}),
    answer: (text) => ({
      kind: "choose",
      choice: choice.id as never,
      ...(text.trim() ? { reason: text.trim() } : {}),
    }),
  };
}

const ASIDES: { readonly [aside in Aside]: { readonly key: string; readonly label: string } } = {
  edit: { key: "e", label: "edit parameters and try again: shows the difference first" },
  shell: { key: "!", label: "shell in the step's directory, with its environment; come back with exit" },
  diagnose: { key: "v", label: "diagnose: what failed, exit code, last lines, hints" },
  probe: { key: "c", label: "check now: ask the step's own probes, changes nothing" },
};

function asidesOf(prompt: Prompt): readonly Option[] {
  const asides: readonly Aside[] =
    prompt.purpose === "failure"
      ? ["edit", "shell", "diagnose"]
      : prompt.purpose === "doubt"
        ? ["probe", "shell", "diagnose"]
        : [];
  return asides.map((aside) => ({ ...ASIDES[aside], aside, answer: () => ({ kind: "reject" }) }));
}
