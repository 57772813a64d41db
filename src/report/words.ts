import { printable } from "../lib/printable.ts";

/** 2026-11-21 09:31:07Z */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** 0.4 s, 12 s, 3 min 20 s, 2 h 05 min */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3600)} h ${String(Math.floor((total % 3600) / 60)).padStart(2, "0")} min`;
}

export function actorText(actor: { readonly user: string; readonly host: string; readonly via: string }): string {
  return `${actor.user}@${actor.host} (${actor.via})`;
}

/** Safe inside HTML and XML text and attributes. */
export function escapeMarkup(value: string): string {
  return printable(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
