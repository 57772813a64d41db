import { createRequire } from "node:module";

const SGR = /\u001b\[[\d;:]*m/g;
/** One cell each in every terminal that we know: most rows consist of these, and counting them costs nothing. */
const PLAIN =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2199\u2500-\u259f\u25a0\u25b6\u25cf\u2714\u2716\u21b7\u28ff]*$/;

const require = createRequire(import.meta.url);
let measure: typeof import("string-width").default | undefined;

/** string-width, loaded for the first text that is not plain: its expression of all emoji takes longer to read than Ink. */
export const stringWidth: typeof import("string-width").default = (text, options) => {
  measure ??= (require("string-width") as typeof import("string-width")).default;
  return measure(text, options);
};

/** Columns that a styled text takes. */
export function widthOf(text: string): number {
  const bare = text.includes("\u001b") ? text.replace(SGR, "") : text;
  return PLAIN.test(bare) ? bare.length : stringWidth(bare);
}

/** Whether our idea of the width and the terminal's may differ (emoji, combining marks). */
export function isPlain(text: string): boolean {
  return PLAIN.test(text.includes("\u001b") ? text.replace(SGR, "") : text);
}

/** Exactly `columns` wide: cut with an ellipsis or padded with blanks. Unstyled text only. */
export function fitText(text: string, columns: number, ellipsis = "…"): string {
  if (columns <= 0) return "";
  // Nothing beyond this can be seen, and measuring a line of megabytes would take seconds.
  const head = text.length > 4 * columns ? text.slice(0, 4 * columns) : text;
  if (PLAIN.test(head)) {
    return head.length <= columns ? head.padEnd(columns) : head.slice(0, columns - 1) + ellipsis;
  }
  const width = stringWidth(head);
  if (width <= columns) return head + " ".repeat(columns - width);
  let out = "";
  let used = 0;
  for (const char of head) {
    const cells = stringWidth(char);
    if (used + cells > columns - 1) break;
    out += char;
    used += cells;
  }
  return out + ellipsis + " ".repeat(Math.max(0, columns - used - 1));
}

/** Columns [from, to) of a styled row; styles that are open at the cut are opened again. */
export function sliceRow(row: string, from: number, to: number): string {
  let column = 0;
  let out = "";
  let open = "";
  for (let index = 0; index < row.length && column < to; ) {
    if (row[index] === "\u001b") {
      const end = row.indexOf("m", index) + 1;
      if (end === 0) break;
      const style = row.slice(index, end);
      open = style === "\u001b[0m" ? "" : open + style;
      if (column > from) out += style;
      index = end;
      continue;
    }
    const char = String.fromCodePoint(row.codePointAt(index) as number);
    const cells = char < "\u007f" ? 1 : stringWidth(char);
    if (column >= from && column + cells <= to) out += (out === "" ? open : "") + char;
    else if (column + cells > from) out += " ";
    column += cells;
    index += char.length;
  }
  return out;
}

/** Without colours; bold, dim, inverse and underline stay (NO_COLOR says nothing about those). */
export function withoutColour(text: string): string {
  return text.replace(/\u001b\[([\d;:]*)m/g, (_all, params: string) => {
    const kept = keepNonColours(params.split(/[;:]/));
    return kept.length > 0 ? `\u001b[${kept.join(";")}m` : "";
  });
}

function keepNonColours(params: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < params.length; index++) {
    const code = Number(params[index]);
    if (code === 38 || code === 48 || code === 58) {
      index += params[index + 1] === "5" ? 2 : 4;
      continue;
    }
    const colour = (code >= 30 && code <= 49) || (code >= 90 && code <= 107) || code === 59;
    if (!colour) kept.push(params[index] as string);
  }
  return kept;
}
