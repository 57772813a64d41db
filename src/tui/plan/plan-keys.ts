import type { Binding } from "../shell/binding.ts";

export type PlanCommand =
  | "start"
  | "details"
  | "compare"
  | "probe"
  | "copy"
  | "down"
  | "up"
  | "page-down"
  | "page-up"
  | "first"
  | "last"
  | "leave";

export const PLAN_KEYS: readonly Binding<PlanCommand>[] = [
  { keys: ["s"], command: "start", short: "start", help: "start the run; asks first" },
  { keys: ["enter"], command: "details", short: "command", help: "all that the selected step would do" },
  {
    keys: ["d"],
    command: "compare",
    short: "compare with last run",
    help: "what is different from the last run, and back",
  },
  { keys: ["P"], command: "probe", short: "probe", help: "carry out steps that only read, and native previews" },
  { keys: ["y"], command: "copy", short: "", help: "copy the command of the selected step" },
  { keys: ["j", "down"], command: "down", short: "", help: "next step" },
  { keys: ["k", "up"], command: "up", short: "", help: "step before" },
  { keys: ["page-down", " "], command: "page-down", short: "", help: "ten steps on" },
  { keys: ["page-up"], command: "page-up", short: "", help: "ten steps back" },
  { keys: ["g", "home"], command: "first", short: "", help: "first step" },
  { keys: ["G", "end"], command: "last", short: "", help: "last step" },
  { keys: ["esc", "q"], command: "leave", short: "back", help: "back to the parameters" },
];
