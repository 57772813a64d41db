import { type Binding, type Move, moveKeys } from "../shell/binding.ts";

export type ListCommand = Move | "open" | "mark" | "export" | "leave";

const EXPORT: Binding<ListCommand> = {
  keys: ["e"],
  command: "export",
  short: "export report",
  help: "write the report: Markdown, HTML, JSON or JUnit",
};
const LEAVE: Binding<ListCommand> = { keys: ["esc", "q"], command: "leave", short: "back", help: "back" };

export const HISTORY_KEYS: readonly Binding<ListCommand>[] = [
  { keys: ["enter"], command: "open", short: "timeline", help: "the steps of the selected run on a time axis" },
  { keys: ["=", "m"], command: "mark", short: "compare two", help: "mark a run; at a second one: compare the two" },
  EXPORT,
  ...moveKeys("run"),
  LEAVE,
];

export const TIMELINE_KEYS: readonly Binding<ListCommand>[] = [
  { keys: ["enter"], command: "open", short: "output", help: "what the selected step printed" },
  EXPORT,
  ...moveKeys("step"),
  LEAVE,
];

export const COMPARE_KEYS: readonly Binding<ListCommand>[] = [...moveKeys("step"), LEAVE];
