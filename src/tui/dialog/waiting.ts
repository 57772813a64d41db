import { type Key, keyLabel } from "../key.ts";
import type { Aside, WaitingDialog } from "./dialog.ts";

type WaitingAct = "wait" | "retry-now" | "stop" | Aside;

/** What can be done while a step waits to be tried again; waiting on is the harmless one. */
export const waitingOptions: readonly { readonly label: string; readonly key: string; readonly act: WaitingAct }[] = [
  { key: "w", label: "wait for it", act: "wait" },
  { key: "r", label: "try again now", act: "retry-now" },
  { key: "e", label: "edit parameters and try again: shows the difference first", act: "edit" },
  { key: "!", label: "shell in the step's directory, with its environment; come back with exit", act: "shell" },
  { key: "v", label: "diagnose: what failed, exit code, last lines, hints", act: "diagnose" },
  { key: "a", label: "stop here; resume later", act: "stop" },
];

export type WaitingStep =
  | { readonly kind: "dialog"; readonly dialog: WaitingDialog | undefined }
  | { readonly kind: "act"; readonly act: Exclude<WaitingAct, "wait"> };

/** One key. Pure. */
export function waitingKey(dialog: WaitingDialog, key: Key): WaitingStep {
  const label = keyLabel(key);
  const count = waitingOptions.length;
  const at = (focus: number): WaitingStep => ({ kind: "dialog", dialog: { ...dialog, focus } });
  if (label === "esc" || label === "q") return { kind: "dialog", dialog: undefined };
  if (label === "down" || label === "j" || label === "tab") return at((dialog.focus + 1) % count);
  if (label === "up" || label === "k") return at((dialog.focus + count - 1) % count);
  if (/^[1-9]$/.test(label)) return at(Math.min(count, Number(label)) - 1);
  if (label === "enter") return acted(waitingOptions[dialog.focus]?.act ?? "wait");
  const lettered = waitingOptions.findIndex((option) => option.key === label);
  const option = waitingOptions[lettered];
  if (option?.act === "shell" || option?.act === "diagnose") return acted(option.act);
  return option ? at(lettered) : at(dialog.focus);
}

function acted(act: WaitingAct): WaitingStep {
  return act === "wait" ? { kind: "dialog", dialog: undefined } : { kind: "act", act };
}
