import { escapeMarkup } from "../words.ts";

/** An element around text that may hold anything. */
export function markup(name: string, text: string, className?: string): string {
  return `<${name}${className === undefined ? "" : ` class="${className}"`}>${escapeMarkup(text)}</${name}>`;
}

/** A table with its heading; cells are markup already. Nothing without rows. */
export function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const head = heads.map((name) => markup("th", name)).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<h2>${escapeMarkup(title)}</h2>\n<div class="wide"><table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}

export function pre(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `<pre>${lines.map(escapeMarkup).join("\n")}</pre>`;
}

/** A class for what a step or item came to; anything that is still open looks alike. */
export function toneOf(state: string): "done" | "failed" | "skipped" | "open" {
  if (state === "done" || state === "skipped") return state;
  return ["failed", "halted", "in-doubt"].includes(state) ? "failed" : "open";
}
