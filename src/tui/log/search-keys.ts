import { type Key, keyLabel } from "../key.ts";
import type { Pressed, Ui } from "../ui.ts";

const MAX_CHARS = 200;

/** One key while the words to search for are written. Pure. */
export function searchKey(ui: Ui, typing: string, key: Key): Pressed {
  const label = keyLabel(key);
  const write = (text: string | undefined): Pressed => ({
    ui: { ...ui, search: { ...ui.search, typing: text?.slice(0, MAX_CHARS) } },
    effects: [],
  });
  if (label === "esc") return write(undefined);
  if (label === "backspace") return write(typing === "" ? undefined : [...typing].slice(0, -1).join(""));
  if (label === "ctrl-u") return write("");
  if (label === "enter") {
    const text = typing || ui.search.last;
    const search = { typing: undefined, last: text };
    if (text === "") return { ui: { ...ui, search }, effects: [] };
    return {
      ui: { ...ui, search, follow: false, note: "searching; esc ends it" },
      effects: [{ kind: "find", text, from: "here" }],
    };
  }
  if (key.kind === "named") return write(typing);
  return write(typing + key.text.replace(/\s+/g, " "));
}
