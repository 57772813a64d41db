import { type Binding, type Move, moveKeys } from "../shell/binding.ts";

export type HomeCommand = Move | "open" | "new" | "plan" | "history" | "filter" | "section" | "leave";

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
  ...moveKeys("row"),
  { keys: ["tab"], command: "section", short: "", help: "next section" },
  { keys: ["q", "esc"], command: "leave", short: "quit", help: "close the screen; runs go on" },
];
