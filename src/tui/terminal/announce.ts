import { printable } from "../../lib/printable.ts";
import type { Output } from "./output.ts";

/** Progress shown by the terminal itself (OSC 9;4): Windows Terminal, Ghostty, iTerm2, Konsole, WezTerm. */
export type TerminalProgress =
  | { readonly kind: "none" }
  | { readonly kind: "normal"; readonly percent: number }
  | { readonly kind: "error"; readonly percent: number }
  | { readonly kind: "busy" }
  | { readonly kind: "paused"; readonly percent: number };

const STATES = { none: 0, normal: 1, error: 2, busy: 3, paused: 4 } as const;

export function showProgress(output: Output, progress: TerminalProgress): void {
  if (!understandsProgress(process.env)) return;
  const percent = "percent" in progress ? Math.max(0, Math.min(100, Math.round(progress.percent))) : 0;
  output.control(`\u001b]9;4;${STATES[progress.kind]};${percent}\u0007`);
}

/** iTerm2 took any OSC 9 for a notification before 3.6.6, and the Linux console prints what it does not know. */
function understandsProgress(env: NodeJS.ProcessEnv): boolean {
  if (env.TERM === "linux") return false;
  if (env.TERM_PROGRAM !== "iTerm.app") return true;
  const [major = 0, minor = 0, patch = 0] = (env.TERM_PROGRAM_VERSION ?? "").split(".").map(Number);
  return major * 1e6 + minor * 1e3 + patch >= 3_006_006;
}

export function setTitle(output: Output, title: string): void {
  output.control(`\u001b]2;${oneLine(title)}\u0007`);
}

/** Bell, and a notification where the terminal has one (OSC 9 and 777); through tmux when we are inside it. */
export function notify(output: Output, text: string, options: { readonly bell: boolean }): void {
  const words = oneLine(text).replaceAll(";", ":");
  const sequences = `\u001b]9;${words}\u0007\u001b]777;notify;runsheet;${words}\u0007`;
  output.control(`${options.bell ? "\u0007" : ""}${passThrough(sequences)}`);
}

/** Puts text on the clipboard of the person's own machine (OSC 52), also over ssh. Terminals cap it near 70 KB. */
export function copyToClipboard(output: Output, text: string): void {
  output.control(passThrough(`\u001b]52;c;${Buffer.from(text.slice(0, 50_000)).toString("base64")}\u0007`));
}

function passThrough(sequence: string): string {
  return process.env.TMUX ? `\u001bPtmux;${sequence.replaceAll("\u001b", "\u001b\u001b")}\u001b\\` : sequence;
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").slice(0, 200);
}
