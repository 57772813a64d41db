import type { Binding } from "../shell/binding.ts";

export type HomeCommand =
  | "open"
  | "new"
  | "plan"
  | "history"
  | "filter"
  | "down"
  | "up"
  | "page-down"
  | "page-up"
  | "first"
  | "last"
  | "section"
  | "leave";

export const HOME_KEYS: readonly Binding<HomeCommand>[] = [
  {
    keys: ["enter"],
    command: "open",
    short: "open",
    help: "a running run: attach; one that needs you: what to do; a runbook: start it",
  },
  { keys: ["n"], command: "new", short: "new run", help: "start the selected runbook: parameters, plan, run" },
  { keys: ["p"], command: "plan", short: "plan", help: "what the selected runbook would do, step by step" },
  { keys: ["h"], command: "history", short: "history", help: "earlier runs of the selected runbook" },
  { keys: ["/"], command: "filter", short: "filter", help: "only rows with this text; esc takes it away" },
  { keys: ["j", "down"], command: "down", short: "", help: "next row" },
  { keys: ["k", "up"], command: "up", short: "", help: "row before" },
  { keys: ["tab"], command: "section", short: "", help: "next section" },
  { keys: ["page-down", "ctrl-d"], command: "page-down", short: "", help: "ten rows on" },
  { keys: ["page-up", "ctrl-u"], command: "page-up", short: "", help: "ten rows back" },
  { keys: ["g", "home"], command: "first", short: "", help: "first row" },
  { keys: ["G", "end"], command: "last", short: "", help: "last row" },
  { keys: ["q", "esc"], command: "leave", short: "quit", help: "close the screen; runs go on" },
];
