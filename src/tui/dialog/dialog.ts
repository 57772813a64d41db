import type { Answer, Prompt } from "../../domain/prompt.ts";
import type { StopKind } from "../run-source.ts";

/** A dialog that has the keys. Nothing behind it hears any. */
export type Dialog =
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "leave"; readonly focus: number }
  | {
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
    };

export type PromptDialog = Extract<Dialog, { kind: "prompt" }>;

export type Option = {
  readonly label: string;
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

/** What can be chosen; the harmless one first. */
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
        wants: { label: "note (may be empty)", required: false },
        answer: (text) => ({ kind: "manual", done, ...(text.trim() ? { note: text.trim() } : {}) }),
      }));
    case "choice":
      return expects.choices.map((choice) => ({
        label: choice.label,
        ...(choice.needsReason ? { wants: { label: "reason", required: true } } : {}),
        answer: (text) => ({
          kind: "choose",
          choice: choice.id,
          ...(text.trim() ? { reason: text.trim() } : {}),
        }),
      }));
  }
}
