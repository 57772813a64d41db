import { type Binding, footerOf, helpOf, type WhyNot } from "./shell/binding.ts";

/** What a key of the run screen does. */
export type Command =
  | "help"
  | "answer"
  | "close"
  | "step-down"
  | "step-up"
  | "follow"
  | "log-top"
  | "log-end"
  | "page-up"
  | "page-down"
  | "half-up"
  | "half-down"
  | "line-up"
  | "line-down"
  | "search"
  | "next-match"
  | "previous-match"
  | "wrap"
  | "times"
  | "stream"
  | "copy-page"
  | "copy-path"
  | "open-pager"
  | "retry"
  | "next-failed"
  | "diagnose"
  | "shell"
  | "zoom"
  | "grid"
  | "interrupt"
  | "suspend"
  | "redraw";

/** What decides whether a key does something now. */
export type Situation = {
  readonly waiting: boolean;
  readonly readOnly: boolean;
  readonly live: boolean;
  readonly hasLog: boolean;
  readonly hasGrid: boolean;
  /** The shown step will be tried again by itself. */
  readonly retrying?: boolean;
  /** The shown step has been tried at least once. */
  readonly tried?: boolean;
  readonly hasFailed?: boolean;
  /** Something was searched for. */
  readonly searched?: boolean;
  /** The items of a fan-out have the screen, and with it the keys. */
  readonly inFan?: boolean;
};

export type KeyBinding<C extends string = Command> = Binding<C> & {
  /** Why the key does nothing now, or `undefined` when it works. */
  whyNot?(now: Situation): string | undefined;
};

const noLog = (now: Situation): string | undefined => (now.hasLog ? undefined : "this step has printed nothing");
const looksOnly = (now: Situation): string | undefined => (now.readOnly ? "this screen only looks" : undefined);
const notTried = (now: Situation): string | undefined => (now.tried ? undefined : "this step was not tried yet");
const notSearched = (now: Situation): string | undefined => (now.searched ? undefined : "nothing was searched for");

/** The one table: it dispatches keys, fills the footer and the help. */
export const KEYS: readonly KeyBinding[] = [
  {
    keys: ["enter", "a"],
    command: "answer",
    short: "answer",
    help: "open the question that waits for you",
    whyNot: (now) => looksOnly(now) ?? (now.waiting ? undefined : "no question is waiting for an answer"),
  },
  {
    keys: ["r"],
    command: "retry",
    short: "retry",
    help: "a step that waits to be tried again: now, with other parameters, or stop",
    whyNot: (now) => looksOnly(now) ?? (now.retrying ? undefined : "the selected step does not wait to be tried again"),
  },
  { keys: ["j", "down"], command: "step-down", short: "next step", help: "select the next step" },
  { keys: ["k", "up"], command: "step-up", short: "", help: "select the step before" },
  {
    keys: ["F"],
    command: "next-failed",
    short: "",
    help: "select the next step that failed",
    whyNot: (now) => (now.hasFailed ? undefined : "nothing has failed"),
  },
  { keys: ["f"], command: "follow", short: "follow", help: "follow the running step and its output; again: freeze" },
  { keys: ["g", "home"], command: "log-top", short: "", help: "first line of the output", whyNot: noLog },
  { keys: ["G", "end"], command: "log-end", short: "", help: "last line of the output, and follow it" },
  { keys: ["page-up", "ctrl-b"], command: "page-up", short: "", help: "a page back; freezes", whyNot: noLog },
  { keys: ["page-down", " "], command: "page-down", short: "", help: "a page on", whyNot: noLog },
  { keys: ["ctrl-u"], command: "half-up", short: "", help: "half a page back", whyNot: noLog },
  { keys: ["ctrl-d"], command: "half-down", short: "", help: "half a page on", whyNot: noLog },
  { keys: ["K"], command: "line-up", short: "", help: "a line back", whyNot: noLog },
  { keys: ["J"], command: "line-down", short: "", help: "a line on", whyNot: noLog },
  { keys: ["/"], command: "search", short: "search", help: "search the output; esc ends a long search", whyNot: noLog },
  { keys: ["n"], command: "next-match", short: "", help: "the next match", whyNot: notSearched },
  { keys: ["N"], command: "previous-match", short: "", help: "the match before", whyNot: notSearched },
  { keys: ["W"], command: "wrap", short: "", help: "long lines wrapped, or cut", whyNot: noLog },
  {
    keys: ["t"],
    command: "times",
    short: "",
    help: "when each line arrived, as far as this screen saw it arrive",
    whyNot: noLog,
  },
  { keys: ["e"], command: "stream", short: "", help: "standard error instead of output, and back", whyNot: notTried },
  { keys: ["y"], command: "copy-page", short: "", help: "copy the lines that are shown", whyNot: noLog },
  { keys: ["Y"], command: "copy-path", short: "", help: "copy the path of the log file", whyNot: notTried },
  { keys: ["o"], command: "open-pager", short: "", help: "open the log file in $PAGER and come back", whyNot: noLog },
  {
    keys: ["v"],
    command: "diagnose",
    short: "",
    help: "the selected step: what failed, exit code, last lines, hints",
    whyNot: notTried,
  },
  {
    keys: ["!"],
    command: "shell",
    short: "shell",
    help: "a shell in the step's directory, with its environment; exit comes back",
    whyNot: (now) => looksOnly(now) ?? (now.live ? undefined : "the run is not being carried on"),
  },
  { keys: ["z", "tab"], command: "zoom", short: "zoom", help: "output over the whole width, steps alone, both" },
  {
    keys: ["w"],
    command: "grid",
    short: "items",
    help: "the items of the selected step as a grid, a table or bars",
    whyNot: (now) => (now.hasGrid ? undefined : "the selected step has no items"),
  },
  { keys: ["?"], command: "help", short: "help", help: "this page" },
  { keys: ["q", "esc"], command: "close", short: "close", help: "leave the screen: asks whether to detach or to stop" },
  {
    keys: ["ctrl-c"],
    command: "interrupt",
    short: "",
    help: "warns; again within 2 s: stop after the step; a third time: end it now",
  },
  { keys: ["ctrl-z"], command: "suspend", short: "", help: "suspend the screen; the run goes on" },
  { keys: ["ctrl-l"], command: "redraw", short: "", help: "draw everything again" },
];

/** What a key does while the items of a fan-out have the screen. */
export type FanCommand =
  | "left"
  | "right"
  | "up"
  | "down"
  | "first"
  | "last"
  | "page-up"
  | "page-down"
  | "next-failed"
  | "open-item"
  | "retry-failed"
  | "grid"
  | "table"
  | "bars"
  | "help"
  | "back";

export const FAN_KEYS: readonly KeyBinding<FanCommand>[] = [
  { keys: ["h", "left"], command: "left", short: "", help: "the cell to the left" },
  { keys: ["l", "right"], command: "right", short: "", help: "the cell to the right" },
  { keys: ["k", "up"], command: "up", short: "", help: "the row above" },
  { keys: ["j", "down"], command: "down", short: "", help: "the row below" },
  { keys: ["g", "home"], command: "first", short: "", help: "the first item" },
  { keys: ["G", "end"], command: "last", short: "", help: "the last item" },
  { keys: ["page-up", "ctrl-u"], command: "page-up", short: "", help: "a page back" },
  { keys: ["page-down", "ctrl-d", " "], command: "page-down", short: "", help: "a page on" },
  {
    keys: ["F"],
    command: "next-failed",
    short: "next failed",
    help: "the next item that failed, round and round",
    whyNot: (now) => (now.hasFailed ? undefined : "no item has failed"),
  },
  { keys: ["enter"], command: "open-item", short: "item log", help: "the output of the item; esc comes back" },
  {
    keys: ["r"],
    command: "retry-failed",
    short: "retry failed",
    help: "try the failed items again; asks first",
    whyNot: (now) =>
      looksOnly(now) ??
      (now.hasFailed ? (now.live ? undefined : "the run is not being carried on") : "no item has failed"),
  },
  { keys: ["w"], command: "grid", short: "", help: "one cell per item, or the worst of several" },
  { keys: ["t"], command: "table", short: "table", help: "one row per item" },
  { keys: ["c"], command: "bars", short: "bars", help: "how far each running item is, with its rate" },
  { keys: ["?"], command: "help", short: "help", help: "this page" },
  { keys: ["esc", "q"], command: "back", short: "back", help: "the steps again" },
];

const BY_KEY = byKey(KEYS);
const FAN_BY_KEY = byKey(FAN_KEYS);

function byKey<C extends string>(bindings: readonly KeyBinding<C>[]): ReadonlyMap<string, KeyBinding<C>> {
  return new Map(bindings.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));
}

export function bindingFor(key: string): KeyBinding | undefined {
  return BY_KEY.get(key);
}

export function fanBindingFor(key: string): KeyBinding<FanCommand> | undefined {
  return FAN_BY_KEY.get(key);
}

function tableOf(now: Situation): readonly KeyBinding<string>[] {
  return now.inFan ? FAN_KEYS : KEYS;
}

function whyNotIn(now: Situation): WhyNot<string> {
  return (command) =>
    tableOf(now)
      .find((binding) => binding.command === command)
      ?.whyNot?.(now);
}

/** Keys that work now, for the footer. */
export function footerText(now: Situation): string {
  return footerOf(tableOf(now), whyNotIn(now));
}

/** Every key with what it does, and why it does nothing now. */
export function helpLines(now: Situation): readonly string[] {
  return helpOf(tableOf(now), whyNotIn(now));
}
