import { type Address, parentOf } from "../domain/address.ts";
import type { Answer, Prompt } from "../domain/prompt.ts";
import type { RunRequest } from "../domain/run-request.ts";
import { type Dialog, dialogFor } from "./dialog/dialog.ts";
import { inDialog } from "./dialog/dialog-press.ts";
import type { Change, EditField } from "./dialog/edit.ts";
import { type Key, keyLabel } from "./key.ts";
import { bindingFor, type Command, type Situation } from "./key-table.ts";
import { searchKey } from "./log/search-keys.ts";
import { type FanFacts, type FanUi, fanPress } from "./run/fan-press.ts";
import type { RunSource, StopKind } from "./run-source.ts";

/** What the screen remembers beside the run itself. Only `press` and `look` change it. */
export type Ui = {
  readonly selected: Address | undefined;
  /** Selection and log follow the run. */
  readonly follow: boolean;
  readonly zoom: "both" | "log" | "steps";
  /** The items of a fan-out; while one of them is looked into, the log has the screen. */
  readonly fan: FanUi | undefined;
  readonly dialog: Dialog | undefined;
  /** Questions that were put off: they open again only when asked for. */
  readonly later: ReadonlySet<string>;
  readonly search: { readonly typing: string | undefined; readonly last: string };
  readonly stream: "out" | "err";
  readonly note: string;
  readonly interrupts: { readonly count: number; readonly lastMs: number };
};

export const INITIAL_UI: Ui = {
  selected: undefined,
  follow: true,
  zoom: "both",
  fan: undefined,
  dialog: undefined,
  later: new Set(),
  search: { typing: undefined, last: "" },
  stream: "out",
  note: "",
  interrupts: { count: 0, lastMs: Number.NEGATIVE_INFINITY },
};

/** What a key asks for beyond the ui itself. */
export type Effect =
  | { readonly kind: "answer"; readonly prompt: Prompt; readonly answer: Answer }
  | { readonly kind: "stop"; readonly stop: StopKind }
  | { readonly kind: "request"; readonly request: RunRequest; readonly done: string }
  /** The run is stopped and gone on with, with other parameters. */
  | { readonly kind: "retry-with"; readonly changes: readonly Change[] }
  | { readonly kind: "leave" }
  | { readonly kind: "suspend" }
  | { readonly kind: "redraw" }
  /** Keys that were typed before this dialog was there are not for it. */
  | { readonly kind: "mute" }
  | { readonly kind: "shell"; readonly at: Address }
  | { readonly kind: "diagnose"; readonly at: Address }
  | { readonly kind: "probe"; readonly prompt: Prompt }
  | { readonly kind: "copy"; readonly what: "page" | "path" }
  | { readonly kind: "open-pager" }
  | { readonly kind: "pager"; readonly toggle: "wrap" | "times" }
  | { readonly kind: "find"; readonly text: string; readonly from: "here" | "next" | "previous" }
  | { readonly kind: "stop-finding" }
  | {
      readonly kind: "scroll";
      readonly to: "top" | "end" | "freeze" | { readonly pages: number } | { readonly lines: number };
    };

/** What a key is judged by, taken when it arrives. */
export type Surroundings = Situation & {
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  /** Rows of the step list, and the one that is shown when nothing is selected. */
  readonly steps: readonly Address[];
  readonly failed: readonly Address[];
  readonly current: Address | undefined;
  readonly prompts: readonly Prompt[];
  /** The shown step, when it waits to be tried again. */
  readonly waitingStep: { readonly at: Address; readonly title: string; readonly text: string } | undefined;
  /** Parameters as they are. */
  readonly fields: () => readonly EditField[];
  readonly checkField: (name: string, text: string) => string | undefined;
  readonly fan: FanFacts | undefined;
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
  if (ui.search.typing !== undefined) return searchKey(ui, ui.search.typing, key);
  if (ui.fan && !ui.fan.inItem) return fanPress({ ...ui, note: "" }, ui.fan, key, now);
  if (label === "esc" && ui.note.startsWith("searching")) {
    return { ui: { ...ui, note: "" }, effects: [{ kind: "stop-finding" }] };
  }
  const binding = bindingFor(label);
  if (!binding || key.kind === "paste") return only({ ...ui, note: "" });
  const why = binding.whyNot?.(now);
  return why === undefined ? obey({ ...ui, note: "" }, binding.command, now) : only({ ...ui, note: why });
}

function commandFor(label: "ctrl-c" | "ctrl-z" | "ctrl-l"): Command {
  return label === "ctrl-c" ? "interrupt" : label === "ctrl-z" ? "suspend" : "redraw";
}

/** After the run moved: a question that waits opens by itself, one that is answered goes away. */
export function look(ui: Ui, now: Pick<Surroundings, "prompts" | "readOnly" | "waitingStep">): Pressed {
  const { dialog } = ui;
  if (dialog?.kind === "prompt" && !now.prompts.some((prompt) => prompt.id === dialog.prompt.id)) {
    const answered = dialog.sent ? "" : "the question was answered elsewhere";
    return look({ ...ui, dialog: undefined, note: answered }, now);
  }
  if (dialog?.kind === "waiting" && now.waitingStep?.at !== dialog.at) {
    return look({ ...ui, dialog: undefined, note: "it is being tried again" }, now);
  }
  if (dialog || now.readOnly) return only(ui);
  const next = now.prompts.find((prompt) => !ui.later.has(prompt.id));
  return next ? opened({ ...ui, dialog: dialogFor(next) }) : only(ui);
}

/** The executor's word on an answer. */
export function replied(ui: Ui, promptId: string, problem: string | undefined): Ui {
  if (problem === undefined) return ui;
  if (ui.dialog?.kind !== "prompt" || ui.dialog.prompt.id !== promptId) return { ...ui, note: `not taken: ${problem}` };
  return { ...ui, dialog: { ...ui.dialog, sent: false, note: `not taken: ${problem}` } };
}

/** What a probe said, shown where it was asked for. */
export function probed(ui: Ui, promptId: string, lines: readonly string[]): Ui {
  if (ui.dialog?.kind !== "prompt" || ui.dialog.prompt.id !== promptId) return ui;
  return { ...ui, dialog: { ...ui.dialog, found: lines, note: lines[0] ?? "" } };
}

function obey(ui: Ui, command: Command, now: Surroundings): Pressed {
  switch (command) {
    case "help":
      return opened({ ...ui, dialog: { kind: "help", top: 0 } }, false);
    case "answer": {
      const [first] = now.prompts;
      return first ? opened({ ...ui, dialog: dialogFor(first) }) : only(ui);
    }
    case "retry":
      return now.waitingStep ? opened({ ...ui, dialog: { kind: "waiting", ...now.waitingStep, focus: 0 } }) : only(ui);
    case "close":
      if (ui.fan?.inItem) return only({ ...ui, fan: { ...ui.fan, inItem: false }, selected: ui.fan.at });
      if (ui.zoom !== "both") return only({ ...ui, zoom: "both" });
      return now.live ? opened({ ...ui, dialog: { kind: "leave", focus: 0 } }) : { ui, effects: [{ kind: "leave" }] };
    case "step-down":
      return select(ui, 1, now);
    case "step-up":
      return select(ui, -1, now);
    case "next-failed":
      return nextFailed(ui, now);
    case "follow":
      return ui.follow
        ? { ui: { ...ui, follow: false, selected: ui.selected ?? now.current, note: "frozen" }, effects: [freeze] }
        : { ui: { ...ui, follow: true, selected: undefined, fan: undefined }, effects: [end] };
    case "log-top":
      return scroll(ui, now, "top");
    case "log-end":
      return ui.fan?.inItem
        ? { ui, effects: [end] }
        : { ui: { ...ui, follow: true, selected: undefined }, effects: [end] };
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
    case "search":
      return only({ ...ui, search: { ...ui.search, typing: "" } });
    case "next-match":
      return find(ui, now, "next");
    case "previous-match":
      return find(ui, now, "previous");
    case "wrap":
      return { ui, effects: [{ kind: "pager", toggle: "wrap" }] };
    case "times":
      return { ui, effects: [{ kind: "pager", toggle: "times" }] };
    case "stream": {
      const stream = ui.stream === "out" ? "err" : "out";
      return { ui: { ...ui, stream, note: stream === "err" ? "standard error; e: output" : "output" }, effects: [] };
    }
    case "copy-page":
      return { ui, effects: [{ kind: "copy", what: "page" }] };
    case "copy-path":
      return { ui, effects: [{ kind: "copy", what: "path" }] };
    case "open-pager":
      return { ui, effects: [{ kind: "open-pager" }] };
    case "diagnose":
      return { ui, effects: [{ kind: "diagnose", at: ui.selected ?? now.current ?? "" }] };
    case "shell":
      return { ui, effects: [{ kind: "shell", at: ui.selected ?? now.current ?? "" }] };
    case "zoom":
      return only({ ...ui, zoom: ui.zoom === "both" ? "log" : ui.zoom === "log" ? "steps" : "both" });
    case "grid":
      return now.fan
        ? only({ ...ui, fan: { at: now.fan.at, mode: "grid", cursor: 0, inItem: false }, selected: now.fan.at })
        : only(ui);
    case "suspend":
      return { ui, effects: [{ kind: "suspend" }] };
    case "redraw":
      return { ui, effects: [{ kind: "redraw" }] };
    case "interrupt":
      return interrupt(ui, now);
  }
}

const freeze: Effect = { kind: "scroll", to: "freeze" };
const end: Effect = { kind: "scroll", to: "end" };

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
  // An item that is done has no row any more: its fan-out has.
  let at = ui.selected ?? now.current ?? "";
  while (at !== "" && !now.steps.includes(at)) at = parentOf(at);
  const from = now.steps.indexOf(at);
  const to = Math.max(0, Math.min(now.steps.length - 1, from + by));
  return selected(ui, now.steps[to]);
}

function selected(ui: Ui, at: Address | undefined): Pressed {
  // Another step's output is read from its end.
  return { ui: { ...ui, follow: false, selected: at }, effects: [end] };
}

function nextFailed(ui: Ui, now: Surroundings): Pressed {
  const { failed, steps } = now;
  const here = steps.indexOf(ui.selected ?? now.current ?? "");
  return selected(ui, failed.find((at) => steps.indexOf(at) > here) ?? failed[0]);
}

function find(ui: Ui, now: Surroundings, from: "next" | "previous"): Pressed {
  const frozen = { ...ui, follow: false, selected: ui.selected ?? now.current };
  return { ui: { ...frozen, note: "searching" }, effects: [{ kind: "find", text: ui.search.last, from }] };
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
