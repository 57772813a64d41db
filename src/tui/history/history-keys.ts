import type { Binding } from "../shell/binding.ts";

export type ListCommand =
  | "open"
  | "mark"
  | "export"
  | "down"
  | "up"
  | "page-down"
  | "page-up"
  | "first"
  | "last"
  | "leave";

export const HISTORY_KEYS: readonly Binding<ListCommand>[] = [
  { keys: ["enter"], command: "open", short: "timeline", help: "the steps of the selected run on a time axis" },
  { keys: ["=", "m"], command: "mark", short: "compare two", help: "mark a run; at a second one: compare the two" },
  { keys: ["e"], command: "export", short: "export report", help: "write the report: Markdown, HTML, JSON or JUnit" },
  { keys: ["j", "down"], command: "down", short: "", help: "next run" },
  { keys: ["k", "up"], command: "up", short: "", help: "run before" },
  { keys: ["page-down", " "], command: "page-down", short: "", help: "ten runs on" },
  { keys: ["page-up"], command: "page-up", short: "", help: "ten runs back" },
  { keys: ["g", "home"], command: "first", short: "", help: "the last run" },
  { keys: ["G", "end"], command: "last", short: "", help: "the first run" },
  { keys: ["esc", "q"], command: "leave", short: "back", help: "back" },
];

export const TIMELINE_KEYS: readonly Binding<ListCommand>[] = [
  { keys: ["enter"], command: "open", short: "output", help: "what the selected step printed" },
  { keys: ["e"], command: "export", short: "export report", help: "write the report: Markdown, HTML, JSON or JUnit" },
  { keys: ["j", "down"], command: "down", short: "", help: "next step" },
  { keys: ["k", "up"], command: "up", short: "", help: "step before" },
  { keys: ["page-down", " "], command: "page-down", short: "", help: "ten steps on" },
  { keys: ["page-up"], command: "page-up", short: "", help: "ten steps back" },
  { keys: ["g", "home"], command: "first", short: "", help: "first step" },
  { keys: ["G", "end"], command: "last", short: "", help: "last step" },
  { keys: ["esc", "q"], command: "leave", short: "back", help: "back" },
];

export const COMPARE_KEYS: readonly Binding<ListCommand>[] = TIMELINE_KEYS.filter(
  (binding) => !["open", "export"].includes(binding.command),
);
