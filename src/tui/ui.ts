import type { Address } from "../domain/address.ts";
import type { Answer, Prompt } from "../domain/prompt.ts";
import { type Dialog, dialogFor, LEAVE_OPTIONS, type LeaveOption, READ_ONLY_LEAVE_OPTIONS } from "./dialog/dialog.ts";
import { promptKey } from "./dialog/prompt-keys.ts";
import { type Key, keyLabel } from "./key.ts";
import { bindingFor, type Command, type Situation } from "./key-table.ts";
import type { RunSource, StopKind } from "./run-source.ts";

/** What the screen remembers beside the run itself. Only `press` and `look` change it. */
export type Ui = {
  readonly selected: Address | undefined;
  /** Selection and log follow the run. */
  readonly follow: boolean;
  readonly zoom: "both" | "log" | "steps";
  readonly grid: boolean;
  readonly dialog: Dialog | undefined;
  /** Questions that were put off: they open again only when asked for. */
  readonly later: ReadonlySet<string>;
  readonly note: string;
  readonly interrupts: { readonly count: number; readonly lastMs: number };
};

export const INITIAL_UI: Ui = {
  selected: undefined,
  follow: true,
  zoom: "both",
  grid: false,
  dialog: undefined,
  later: new Set(),
  note: "",
  interrupts: { count: 0, lastMs: Number.NEGATIVE_INFINITY },
};

/** What a key asks for beyond the ui itself. */
export type Effect =
  | { readonly kind: "answer"; readonly prompt: Prompt; readonly answer: Answer }
  | { readonly kind: "stop"; readonly stop: StopKind }
  | { readonly kind: "leave" }
  | { readonly kind: "suspend" }
  | { readonly kind: "redraw" }
  /** Keys that were typed before this dialog was there are not for it. */
  | { readonly kind: "mute" }
  | {
      readonly kind: "scroll";
      readonly to: "top" | "end" | "freeze" | { readonly pages: number } | { readonly lines: number };
    };

/** What a key is judged by, taken when it arrives. */
export type Surroundings = Situation & {
  readonly nowMs: number;
  /** Rows of the step list, and the one that is shown when nothing is selected. */
  readonly steps: readonly Address[];
  readonly current: Address | undefined;
  readonly prompts: readonly Prompt[];
  readonly readValue: RunSource["readValue"];
};

export type Pressed = { readonly ui: Ui; readonly effects: readonly Effect[] };

const AGAIN_MS = 2_000;

/** One key. Pure: sees every key in order, whatever React does meanwhile. */
export function press(ui: Ui, key: Key, now: Surroundings): Pressed {
  const label = keyLabel(key);
  // These work everywhere, also while a question is open.
  if (label === "ctrl-c" || label === "ctrl-z" || label === "ctrl-l") return obey(ui, commandFor(label), now);
  if (ui.dialog) return inDialog(ui, ui.dialog, key, now);
  const binding = bindingFor(label);
  if (!binding || key.kind === "paste") return only({ ...ui, note: "" });
  const why = binding.whyNot?.(now);
  return why === undefined ? obey({ ...ui, note: "" }, binding.command, now) : only({ ...ui, note: why });
}

function commandFor(label: "ctrl-c" | "ctrl-z" | "ctrl-l"): Command {
  return label === "ctrl-c" ? "interrupt" : label === "ctrl-z" ? "suspend" : "redraw";
}

/** After the run moved: a question that waits opens by itself, one that is answered goes away. */
export function look(ui: Ui, now: Pick<Surroundings, "prompts" | "readOnly">): Pressed {
  const open = ui.dialog?.kind === "prompt" ? ui.dialog.prompt.id : undefined;
  if (open !== undefined && !now.prompts.some((prompt) => prompt.id === open)) {
    const answered = ui.dialog?.kind === "prompt" && ui.dialog.sent ? "" : "the question was answered elsewhere";
    return look({ ...ui, dialog: undefined, note: answered }, now);
  }
  if (ui.dialog || now.readOnly) return only(ui);
  const next = now.prompts.find((prompt) => !ui.later.has(prompt.id));
  return next ? opened({ ...ui, dialog: dialogFor(next) }) : only(ui);
}

/** The executor's word on an answer. */
export function replied(ui: Ui, promptId: string, problem: string | undefined): Ui {
  if (problem === undefined) return ui;
  if (ui.dialog?.kind !== "prompt" || ui.dialog.prompt.id !== promptId) return { ...ui, note: `not taken: ${problem}` };
  return { ...ui, dialog: { ...ui.dialog, sent: false, note: `not taken: ${problem}` } };
}

function inDialog(ui: Ui, dialog: Dialog, key: Key, now: Surroundings): Pressed {
  if (dialog.kind === "prompt") {
    const step = promptKey(dialog, key, now.readValue);
    if (step.kind === "dialog") return only({ ...ui, dialog: step.dialog });
    if (step.kind === "answer") {
      const effect: Effect = { kind: "answer", prompt: dialog.prompt, answer: step.answer };
      return { ui: { ...ui, dialog: step.dialog }, effects: [effect] };
    }
    const later = new Set([...ui.later, dialog.prompt.id]);
    return only({ ...ui, dialog: undefined, later, note: "decided later: enter opens the question again" });
  }
  const label = keyLabel(key);
  if (dialog.kind === "help") {
    if (label === "j" || label === "down") return only({ ...ui, dialog: { ...dialog, top: dialog.top + 1 } });
    if (label === "k" || label === "up")
      return only({ ...ui, dialog: { ...dialog, top: Math.max(0, dialog.top - 1) } });
    return only(["esc", "q", "?"].includes(label) ? { ...ui, dialog: undefined } : ui);
  }
  return inLeave(ui, dialog.focus, label, now);
}

function inLeave(ui: Ui, focus: number, label: string, now: Surroundings): Pressed {
  const options: readonly LeaveOption[] = now.readOnly ? READ_ONLY_LEAVE_OPTIONS : LEAVE_OPTIONS;
  const at = (index: number): Pressed => only({ ...ui, dialog: { kind: "leave", focus: index } });
  if (label === "esc" || label === "q") return only({ ...ui, dialog: undefined });
  if (["down", "j", "tab"].includes(label)) return at((focus + 1) % options.length);
  if (["up", "k"].includes(label)) return at((focus + options.length - 1) % options.length);
  if (/^[1-4]$/.test(label)) return at(Math.min(options.length, Number(label)) - 1);
  if (label !== "enter") return only(ui);
  const act = options[focus]?.act ?? "stay";
  const closed = { ...ui, dialog: undefined };
  if (act === "stay") return only(closed);
  if (act === "detach") return { ui: closed, effects: [{ kind: "leave" }] };
  const note = act === "now" ? "ending what runs" : "stopping after the current step";
  return { ui: { ...closed, note }, effects: [{ kind: "stop", stop: act }] };
}

function obey(ui: Ui, command: Command, now: Surroundings): Pressed {
  switch (command) {
    case "help":
      return opened({ ...ui, dialog: { kind: "help", top: 0 } }, false);
    case "answer": {
      const [first] = now.prompts;
      return first ? opened({ ...ui, dialog: dialogFor(first) }) : only(ui);
    }
    case "close":
      if (ui.grid) return only({ ...ui, grid: false });
      if (ui.zoom !== "both") return only({ ...ui, zoom: "both" });
      return now.live ? opened({ ...ui, dialog: { kind: "leave", focus: 0 } }) : { ui, effects: [{ kind: "leave" }] };
    case "step-down":
      return select(ui, 1, now);
    case "step-up":
      return select(ui, -1, now);
    case "follow":
      return ui.follow
        ? { ui: { ...ui, follow: false, selected: ui.selected ?? now.current, note: "frozen" }, effects: [freeze] }
        : { ui: { ...ui, follow: true, selected: undefined }, effects: [{ kind: "scroll", to: "end" }] };
    case "log-top":
      return scroll(ui, now, "top");
    case "log-end":
      return { ui: { ...ui, follow: true, selected: undefined }, effects: [{ kind: "scroll", to: "end" }] };
    case "page-up":
      return scroll(ui, now, { pages: -1 });
    case "page-down":
      return scroll(ui, now, { pages: 1 });
    case "half-up":
      return scroll(ui, now, { pages: -0.5 });
    case "half-down":
      return scroll(ui, now, { pages: 0.5 });
    case "line-up":
      return scroll(ui, now, { lines: -1 });
    case "line-down":
      return scroll(ui, now, { lines: 1 });
    case "zoom":
      return only({ ...ui, zoom: ui.zoom === "both" ? "log" : ui.zoom === "log" ? "steps" : "both" });
    case "grid":
      return only({ ...ui, grid: !ui.grid });
    case "suspend":
      return { ui, effects: [{ kind: "suspend" }] };
    case "redraw":
      return { ui, effects: [{ kind: "redraw" }] };
    case "interrupt":
      return interrupt(ui, now);
  }
}

const freeze: Effect = { kind: "scroll", to: "freeze" };

/** ctrl-c never ends a run by accident: first it tells, then it stops after the step, then it ends what runs. */
function interrupt(ui: Ui, now: Surroundings): Pressed {
  if (!now.live || now.readOnly) return { ui, effects: [{ kind: "leave" }] };
  const count = now.nowMs - ui.interrupts.lastMs < AGAIN_MS ? ui.interrupts.count + 1 : 1;
  const interrupts = { count, lastMs: now.nowMs };
  if (count === 1) {
    return only({ ...ui, interrupts, note: "the run goes on. ctrl-c again: stop after this step; third: end it now" });
  }
  const note = count === 2 ? "stopping after the current step; ctrl-c again: end it now" : "ending what runs";
  return { ui: { ...ui, interrupts, note }, effects: [{ kind: "stop", stop: count === 2 ? "after-step" : "now" }] };
}

function select(ui: Ui, by: number, now: Surroundings): Pressed {
  const from = now.steps.indexOf(ui.selected ?? now.current ?? "");
  const to = Math.max(0, Math.min(now.steps.length - 1, from + by));
  const selected = now.steps[to];
  // Another step's output is read from its end.
  return { ui: { ...ui, follow: false, selected }, effects: [{ kind: "scroll", to: "end" }] };
}

function scroll(ui: Ui, now: Surroundings, to: Extract<Effect, { kind: "scroll" }>["to"]): Pressed {
  return { ui: { ...ui, follow: false, selected: ui.selected ?? now.current }, effects: [{ kind: "scroll", to }] };
}

function opened(ui: Ui, mute = true): Pressed {
  return { ui, effects: mute ? [{ kind: "mute" }] : [] };
}

function only(ui: Ui): Pressed {
  return { ui, effects: [] };
}
