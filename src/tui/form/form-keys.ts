import type { Binding } from "../shell/binding.ts";

export type FormCommand = "go" | "next" | "up" | "last" | "all-last" | "choose" | "leave";

/** Letters belong to the field that has the focus; so all keys of the form are named ones. */
export const FORM_KEYS: readonly Binding<FormCommand>[] = [
  { keys: ["enter"], command: "go", short: "next", help: "next field; on the button: go on" },
  { keys: ["down", "tab"], command: "next", short: "", help: "next field" },
  { keys: ["up"], command: "up", short: "", help: "field before" },
  { keys: ["left", "right"], command: "choose", short: "", help: "another of the allowed values; in a text: move" },
  { keys: ["ctrl-y"], command: "last", short: "last value", help: "this field as the last run had it" },
  { keys: ["ctrl-r"], command: "all-last", short: "all last values", help: "every field as the last run had it" },
  { keys: ["esc"], command: "leave", short: "back", help: "back; what was typed is gone" },
];
