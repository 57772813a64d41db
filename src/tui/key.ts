/** A key as the reducer sees it: `char` with its text, a named key, or a whole paste. */
export type Key =
  | { readonly kind: "char"; readonly text: string }
  | { readonly kind: "named"; readonly name: KeyName }
  | { readonly kind: "paste"; readonly text: string };

export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "page-up"
  | "page-down"
  | "home"
  | "end"
  | "enter"
  | "esc"
  | "tab"
  | "backspace"
  | `ctrl-${string}`;

/** What Ink tells about a key. */
export type InkKey = { readonly [flag: string]: unknown };

const NAMED: readonly (readonly [flag: string, name: KeyName])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "page-up"],
  ["pageDown", "page-down"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "esc"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "backspace"],
];

/** `undefined`: a key that means nothing here (meta and what Ink does not know). */
export function keyOf(input: string, ink: InkKey): Key | undefined {
  for (const [flag, name] of NAMED) if (ink[flag]) return { kind: "named", name };
  if (ink.ctrl) return input ? { kind: "named", name: `ctrl-${input}` } : undefined;
  if (ink.meta || input === "") return undefined;
  return { kind: "char", text: input };
}

/** The name under which the key table knows a key. */
export function keyLabel(key: Key): string {
  return key.kind === "named" ? key.name : key.kind === "char" ? key.text : "paste";
}
