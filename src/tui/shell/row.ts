import { fitText, widthOf } from "../terminal/width.ts";
import { type Glyphs, paint } from "../theme.ts";
import { flat } from "./words.ts";

/** One cell of a table row. The one that grows takes what the others leave. */
export type Cell = {
  readonly text: string;
  /** Columns; without it the cell grows. */
  readonly width?: number;
  readonly right?: boolean;
  readonly sgr?: string;
  /** Where there is little room, cells with the highest number go first. 0 or none: never. */
  readonly drop?: number;
};

const GAP = 2;
const MIN_GROWING = 16;

/** A row of exactly `width` columns. Texts may be untrusted. */
export function rowOf(cells: readonly Cell[], width: number, glyphs: Glyphs, selected = false): string {
  const kept = fitting(cells, width - 1);
  const fixed = kept.reduce((sum, cell) => sum + (cell.width ?? 0), 0) + GAP * Math.max(0, kept.length - 1);
  const growing = kept.filter((cell) => cell.width === undefined).length;
  const room = Math.max(0, width - 1 - fixed);
  let used = 1;
  let text = " ";
  for (const [index, cell] of kept.entries()) {
    const columns = Math.min(cell.width ?? Math.floor(room / growing), Math.max(0, width - used));
    const fitted = cellText(cell, columns, glyphs);
    const gap = index < kept.length - 1 ? " ".repeat(Math.min(GAP, Math.max(0, width - used - columns))) : "";
    text += (cell.sgr && !selected ? paint(cell.sgr, fitted) : fitted) + gap;
    used += columns + gap.length;
  }
  text += " ".repeat(Math.max(0, width - used));
  return selected ? paint("7", text) : text;
}

function fitting(cells: readonly Cell[], width: number): readonly Cell[] {
  let kept = cells;
  const least = (): number =>
    kept.reduce((sum, cell) => sum + (cell.width ?? MIN_GROWING), 0) + GAP * Math.max(0, kept.length - 1);
  while (least() > width) {
    const worst = Math.max(...kept.map((cell) => cell.drop ?? 0));
    if (worst <= 0) break;
    kept = kept.filter((cell) => (cell.drop ?? 0) !== worst);
  }
  return kept;
}

function cellText(cell: Cell, columns: number, glyphs: Glyphs): string {
  const text = flat(cell.text);
  const missing = columns - widthOf(text);
  return cell.right && missing > 0 ? " ".repeat(missing) + text : fitText(text, columns, glyphs.ellipsis);
}

/** `NEEDS YOU ─────────`. */
export function headingOf(text: string, width: number, glyphs: Glyphs, sgr = "1"): string {
  const words = fitText(` ${flat(text)} `, Math.min(width, widthOf(text) + 2), glyphs.ellipsis);
  const line = (glyphs.separator === "|" ? "-" : "─").repeat(Math.max(0, width - widthOf(words) - 1));
  return `${paint(sgr, words)}${paint("90", line)}${" ".repeat(Math.max(0, width - widthOf(words) - line.length))}`;
}

/** Text of one line, cut or padded. */
export function lineOf(text: string, width: number, glyphs: Glyphs, sgr?: string): string {
  const fitted = fitText(` ${flat(text)}`, width, glyphs.ellipsis);
  return sgr ? paint(sgr, fitted) : fitted;
}

/** The part of `rows` that keeps `selected` in sight: exactly `height` rows. */
export function windowOf(rows: readonly string[], selected: number, width: number, height: number): string[] {
  const top = Math.max(0, Math.min(rows.length - height, selected - (height >> 1)));
  return Array.from({ length: height }, (_, line) => rows[top + line] ?? " ".repeat(width));
}

/** Columns for the longest of `texts`, at most `most`. */
export function columnsFor(texts: readonly string[], most: number): number {
  return Math.min(most, Math.max(1, ...texts.map((text) => widthOf(flat(text)))));
}
