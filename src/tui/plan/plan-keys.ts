import { type Binding, type Move, moveKeys } from "../shell/binding.ts";

export type PlanCommand = Move | "start" | "details" | "compare" | "probe" | "copy" | "leave";

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
  ...moveKeys("step"),
  { keys: ["esc", "q"], command: "leave", short: "back", help: "back to the parameters" },
];
