/** Glyph and word for each state; colour only adds to them. Colours are the user's own 16, so they fit any palette. */
export type Glyphs = {
  readonly done: string;
  readonly running: string;
  readonly failed: string;
  readonly skipped: string;
  readonly waiting: string;
  readonly asking: string;
  readonly doubt: string;
  readonly retrying: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly ellipsis: string;
  readonly separator: string;
  readonly cell: string;
  readonly spark: readonly string[];
  readonly dot: string;
};

export const UNICODE: Glyphs = {
  done: "✔",
  running: "▶",
  failed: "✖",
  skipped: "↷",
  waiting: "·",
  asking: "?",
  doubt: "!",
  retrying: "~",
  barFull: "━",
  barEmpty: "╌",
  ellipsis: "…",
  separator: "│",
  cell: "■",
  spark: ["▁", "▂", "▃", "▄", "▅", "▆"],
  dot: "●",
};

export const ASCII: Glyphs = {
  done: "+",
  running: ">",
  failed: "x",
  skipped: "-",
  waiting: ".",
  asking: "?",
  doubt: "!",
  retrying: "~",
  barFull: "=",
  barEmpty: "-",
  ellipsis: ">",
  separator: "|",
  cell: "#",
  spark: [".", ":", "-", "=", "+", "#"],
  dot: "*",
};

export type StepLook = "done" | "running" | "failed" | "skipped" | "waiting" | "asking" | "doubt" | "retrying";

/** SGR parameters per look: never blue on black, and red and green differ in shape as well. */
export const SGR: { readonly [look in StepLook]: string } = {
  done: "32",
  running: "36",
  failed: "31",
  skipped: "90",
  waiting: "90",
  asking: "33",
  doubt: "35",
  retrying: "33",
};

export const INK_COLOUR: { readonly [look in StepLook]: string } = {
  done: "green",
  running: "cyan",
  failed: "red",
  skipped: "gray",
  waiting: "gray",
  asking: "yellow",
  doubt: "magenta",
  retrying: "yellow",
};

export function paint(sgr: string, text: string): string {
  return `\u001b[${sgr}m${text}\u001b[0m`;
}

/** ASCII where the locale says nothing of UTF-8, or `RUNSHEET_ASCII` is set. */
export function glyphsFor(env: NodeJS.ProcessEnv): Glyphs {
  if (env.RUNSHEET_ASCII) return ASCII;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return locale === "" || /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
