/** A key of a view: the same table dispatches keys, fills the footer and the help, and writes docs/screen.md. */
export type Binding<C extends string = string> = {
  readonly keys: readonly string[];
  readonly command: C;
  /** One or two words for the footer; left out there when empty. */
  readonly short: string;
  readonly help: string;
};

/** Why a command does nothing now, or `undefined` when it works. */
export type WhyNot<C extends string> = (command: C) => string | undefined;

export function commandOf<C extends string>(bindings: readonly Binding<C>[], key: string): C | undefined {
  return bindings.find((binding) => binding.keys.includes(key))?.command;
}

/** Keys that work now. */
export function footerOf<C extends string>(bindings: readonly Binding<C>[], whyNot: WhyNot<C>): string {
  return bindings
    .filter((binding) => binding.short !== "" && whyNot(binding.command) === undefined)
    .map((binding) => `${keyName(binding.keys[0] as string)} ${binding.short}`)
    .join("  ");
}

/** Every key with what it does, and why it does nothing now. */
export function helpOf<C extends string>(bindings: readonly Binding<C>[], whyNot: WhyNot<C>): readonly string[] {
  return bindings.map(({ keys, command, help }) => {
    const why = whyNot(command);
    return `${keys.map(keyName).join(" ").padEnd(16)} ${help}${why ? ` (not now: ${why})` : ""}`;
  });
}

export function keyName(key: string): string {
  return key === " " ? "space" : key;
}

export type Move = "down" | "up" | "page-down" | "page-up" | "first" | "last";

/** The keys of moving in a list of `row`s. */
export function moveKeys(row: string): readonly Binding<Move>[] {
  return [
    { keys: ["j", "down"], command: "down", short: "", help: `next ${row}` },
    { keys: ["k", "up"], command: "up", short: "", help: `${row} before` },
    { keys: ["page-down", " ", "ctrl-d"], command: "page-down", short: "", help: `ten ${row}s on` },
    { keys: ["page-up", "ctrl-u"], command: "page-up", short: "", help: `ten ${row}s back` },
    { keys: ["g", "home"], command: "first", short: "", help: `first ${row}` },
    { keys: ["G", "end"], command: "last", short: "", help: `last ${row}` },
  ];
}

/** Of every view that is not the run screen. */
export const EVERYWHERE: readonly Binding<"help" | "quit" | "suspend" | "redraw">[] = [
  { keys: ["?"], command: "help", short: "help", help: "the keys of this view" },
  { keys: ["ctrl-c"], command: "quit", short: "", help: "close the screen; runs go on" },
  { keys: ["ctrl-z"], command: "suspend", short: "", help: "suspend the screen; fg brings it back" },
  { keys: ["ctrl-l"], command: "redraw", short: "", help: "draw everything again" },
];
