import { type Key, keyLabel } from "../key.ts";

/** A question of the screen itself, before something that changes the run. No has the focus. */
export type SureDialog = {
  readonly kind: "sure";
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly focus: 0 | 1;
  readonly act: { readonly kind: "retry-items"; readonly at: string; readonly keys: readonly string[] | "failed" };
};

/** One key. Pure. `undefined`: closed; `true`: yes. */
export function sureKey(dialog: SureDialog, key: Key): SureDialog | undefined | true {
  const label = keyLabel(key);
  if (label === "esc" || label === "q") return undefined;
  if (["up", "down", "left", "right", "tab", "j", "k", "h", "l"].includes(label)) {
    return { ...dialog, focus: dialog.focus === 0 ? 1 : 0 };
  }
  if (label === "1" || label === "n") return { ...dialog, focus: 0 };
  if (label === "2") return { ...dialog, focus: 1 };
  if (label !== "enter") return dialog;
  return dialog.focus === 1 ? true : undefined;
}
