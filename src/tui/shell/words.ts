import { printable } from "../../lib/printable.ts";

/** Untrusted text as one line that does nothing to a terminal. */
export function flat(text: string): string {
  return printable(text).replace(/[\r\n\t]+/g, " ");
}

/** Paragraphs without the line breaks that their author's editor made. */
export function reflowed(text: string): string {
  return text.trim().replace(/(?<!\n)\n(?!\n)/g, " ");
}

/** `now`, `5 min`, `3 h`, `yesterday`, `4 d`, then the day. */
export function ago(ms: number, nowMs: number): string {
  const minutes = Math.floor(Math.max(0, nowMs - ms) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  const days = Math.floor(minutes / (24 * 60));
  if (days < 2) return "yesterday";
  return days < 100 ? `${days} d` : new Date(ms).toISOString().slice(0, 10);
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`. */
export function took(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3600)} h ${String(Math.floor((total % 3600) / 60)).padStart(2, "0")} min`;
}

/** `2026-11-21 09:31`, in the time zone of the person who looks. */
export function clock(ms: number): string {
  const at = new Date(ms);
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A path below the current folder as one would type it here. */
export function nearPath(path: string): string {
  const here = `${process.cwd()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
