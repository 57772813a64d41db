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
};

export type KeyBinding = {
  readonly keys: readonly string[];
  readonly command: Command;
  /** One or two words for the footer; left out there when empty. */
  readonly short: string;
  readonly help: string;
  /** Why the key does nothing now, or `undefined` when it works. */
  whyNot?(now: Situation): string | undefined;
};

const noLog = (now: Situation): string | undefined => (now.hasLog ? undefined : "this step has printed nothing");

/** The one table: it dispatches keys, fills the footer and the help. */
export const KEYS: readonly KeyBinding[] = [
  {
    keys: ["enter", "a"],
    command: "answer",
    short: "answer",
    help: "open the question that waits for you",
    whyNot: (now) =>
      now.readOnly ? "this screen only looks" : now.waiting ? undefined : "no question is waiting for an answer",
  },
  { keys: ["j", "down"], command: "step-down", short: "next step", help: "select the next step" },
  { keys: ["k", "up"], command: "step-up", short: "", help: "select the step before" },
  { keys: ["f"], command: "follow", short: "follow", help: "follow the running step and its output; again: freeze" },
  { keys: ["g", "home"], command: "log-top", short: "", help: "first line of the output", whyNot: noLog },
  { keys: ["G", "end"], command: "log-end", short: "", help: "last line of the output, and follow it" },
  { keys: ["page-up", "ctrl-b"], command: "page-up", short: "page", help: "a page back; freezes", whyNot: noLog },
  { keys: ["page-down", " "], command: "page-down", short: "", help: "a page on", whyNot: noLog },
  { keys: ["ctrl-u"], command: "half-up", short: "", help: "half a page back", whyNot: noLog },
  { keys: ["ctrl-d"], command: "half-down", short: "", help: "half a page on", whyNot: noLog },
  { keys: ["K"], command: "line-up", short: "", help: "a line back", whyNot: noLog },
  { keys: ["J"], command: "line-down", short: "", help: "a line on", whyNot: noLog },
  { keys: ["z", "tab"], command: "zoom", short: "zoom", help: "output over the whole width, steps alone, both" },
  {
    keys: ["w"],
    command: "grid",
    short: "grid",
    help: "the items of the selected step as a grid, and back",
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

const BY_KEY = new Map(KEYS.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

export function bindingFor(key: string): KeyBinding | undefined {
  return BY_KEY.get(key);
}

/** Keys that work now, for the footer. */
export function footerText(now: Situation): string {
  return KEYS.filter((binding) => binding.short !== "" && binding.whyNot?.(now) === undefined)
    .map((binding) => `${binding.keys[0]} ${binding.short}`)
    .join("  ");
}

/** Every key with what it does, and why it does nothing now. */
export function helpLines(now: Situation): readonly string[] {
  return KEYS.map((binding) => {
    const keys = binding.keys.map((key) => (key === " " ? "space" : key)).join(" ");
    const why = binding.whyNot?.(now);
    return `${keys.padEnd(16)} ${binding.help}${why ? ` (not now: ${why})` : ""}`;
  });
}
