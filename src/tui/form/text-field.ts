import { type Key, keyLabel } from "../key.ts";

/** Text that is being written, with the place where the next character goes. */
export type TextField = { readonly text: string; readonly at: number };

const MAX_CHARS = 10_000;

export function textField(text: string): TextField {
  return { text, at: text.length };
}

/** One key in a text. Pure; `undefined`: not a key of text fields. */
export function editText({ text, at }: TextField, key: Key): TextField | undefined {
  if (key.kind === "char") return insert(text, at, key.text);
  if (key.kind === "paste") return insert(text, at, key.text.trim().replace(/\s+/g, " "));
  switch (keyLabel(key)) {
    case "backspace": {
      const before = [...text.slice(0, at)].slice(0, -1).join("");
      return { text: before + text.slice(at), at: before.length };
    }
    case "left":
      return { text, at: [...text.slice(0, at)].slice(0, -1).join("").length };
    case "right":
      return { text, at: at + ([...text.slice(at)][0]?.length ?? 0) };
    case "home":
    case "ctrl-a":
      return { text, at: 0 };
    case "end":
    case "ctrl-e":
      return { text, at: text.length };
    case "ctrl-u":
      return { text: text.slice(at), at: 0 };
    case "ctrl-k":
      return { text: text.slice(0, at), at };
    case "ctrl-w": {
      const before = text.slice(0, at).replace(/\S*\s*$/, "");
      return { text: before + text.slice(at), at: before.length };
    }
    default:
      return undefined;
  }
}

function insert(text: string, at: number, more: string): TextField {
  const whole = (text.slice(0, at) + more + text.slice(at)).slice(0, MAX_CHARS);
  return { text: whole, at: Math.min(whole.length, at + more.length) };
}
