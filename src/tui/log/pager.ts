import { fitText, widthOf } from "../terminal/width.ts";
import { paint } from "../theme.ts";
import { ArrivalTimes } from "./arrival-times.ts";
import { type Line, LogFile } from "./log-file.ts";

const CLOCK_COLUMNS = 9;

/**
 * A window onto a file that may grow: the file is the truth, nothing of it is kept. Follows its end until somebody scrolls;
 * then it stands still until `end`.
 */
export class LogPager {
  wrapped = false;
  clock = false;
  /** What to mark in the lines, in lower case when case does not matter. */
  private mark = "";
  private readonly log = new LogFile();
  /** Byte offset of the first line shown; `undefined` follows. */
  private top: number | undefined;
  /** Rows of a wrapped first line that are above the window. */
  private skip = 0;
  private height = 1;
  private width = 80;
  private readonly arrivals = new ArrivalTimes();

  /** Shows another file, from its end. The same file stays as it is. */
  open(path: string | undefined): void {
    if (!this.log.open(path)) return;
    this.top = undefined;
    this.skip = 0;
    this.arrivals.clear();
  }

  get following(): boolean {
    return this.top === undefined;
  }

  get sizeBytes(): number {
    return this.log.sizeBytes;
  }

  get file(): string | undefined {
    return this.log.file;
  }

  /** Where a search begins: the first line shown. */
  get offset(): number {
    return this.top ?? this.log.back(this.log.sizeBytes, this.height);
  }

  /** Where a search for the next match goes on: the line after the first one shown. */
  get nextOffset(): number {
    return this.log.forward(this.offset, 1);
  }

  close(): void {
    this.log.close();
  }

  /** Looks how long the file is now; true when it changed. */
  poll(nowMs = Date.now()): boolean {
    const before = this.log.sizeBytes;
    const fresh = !this.log.opened;
    this.log.look();
    const now = this.log.sizeBytes;
    // What was there when we came arrived at times that nobody knows.
    if (now > before) this.arrivals.note(now, fresh && before === 0 ? undefined : nowMs);
    return now !== before;
  }

  end(): void {
    this.top = undefined;
    this.skip = 0;
  }

  start(): void {
    this.top = 0;
    this.skip = 0;
  }

  freeze(): void {
    if (this.top !== undefined) return;
    if (this.wrapped) {
      this.top = this.log.sizeBytes;
      this.skip = 0;
      this.scrollRows(-this.height);
    } else this.top = this.log.back(this.log.sizeBytes, this.height);
  }

  /** The line at `offset` comes to the window's first row. */
  goTo(offset: number, mark: string): void {
    this.top = offset;
    this.skip = 0;
    this.mark = mark;
  }

  unmark(): void {
    this.mark = "";
  }

  scrollPages(pages: number): void {
    this.scroll(Math.sign(pages) * Math.max(1, Math.round(Math.abs(pages) * this.height)));
  }

  scroll(lines: number): void {
    this.freeze();
    if (this.wrapped) {
      this.scrollRows(lines);
      return;
    }
    const top = this.top ?? 0;
    this.skip = 0;
    if (lines < 0) this.top = this.log.back(top, -lines);
    else
      this.top = Math.max(top, Math.min(this.log.forward(top, lines), this.log.back(this.log.sizeBytes, this.height)));
  }

  /** Exactly `height` rows of exactly `width` columns. */
  rows(width: number, height: number, ellipsis: string): string[] {
    this.height = Math.max(1, height);
    this.width = Math.max(1, width);
    const shown = this.shownRows(height);
    return Array.from({ length: height }, (_, index) => {
      const row = shown[index];
      return row === undefined ? " ".repeat(width) : this.paintRow(row, width, ellipsis);
    });
  }

  /** What is in the window, as text. */
  pageText(): string {
    return this.shownRows(this.height)
      .map(({ text }) => text)
      .join("\n");
  }

  /** The last lines as they would be shown, for a summary. */
  lastLines(count: number): readonly string[] {
    return this.log.linesFrom(this.log.back(this.log.sizeBytes, count)).map(({ text }) => text);
  }

  private shownRows(height: number): (Line & { readonly first: boolean })[] {
    const from = this.top ?? this.log.back(this.log.sizeBytes, height);
    const lines = this.log.linesFrom(from).slice(0, height + (this.top === undefined ? height : this.skip + height));
    if (!this.wrapped) return lines.slice(0, height).map((line) => ({ ...line, first: true }));
    const rows = lines.flatMap((line) =>
      this.pieces(line.text).map((text, index) => ({ ...line, text, first: index === 0 })),
    );
    return this.top === undefined ? rows.slice(-height) : rows.slice(this.skip, this.skip + height);
  }

  private paintRow(row: Line & { readonly first: boolean }, width: number, ellipsis: string): string {
    const clock = this.clock && width > CLOCK_COLUMNS + 8;
    const room = clock ? width - CLOCK_COLUMNS : width;
    const time = clock ? `${paint("2", row.first ? this.arrivals.clockOf(row.offset) : " ".repeat(8))} ` : "";
    return time + marked(fitText(row.text, room, ellipsis), this.mark);
  }

  private pieces(text: string): string[] {
    const room = Math.max(1, this.clock && this.width > CLOCK_COLUMNS + 8 ? this.width - CLOCK_COLUMNS : this.width);
    if (text.length <= room && widthOf(text) <= room) return [text];
    const pieces: string[] = [];
    let piece = "";
    let used = 0;
    for (const char of text) {
      const cells = char < "\u007f" ? 1 : widthOf(char);
      if (used + cells > room && piece !== "") {
        pieces.push(piece);
        piece = "";
        used = 0;
      }
      piece += char;
      used += cells;
    }
    return [...pieces, piece];
  }

  /** By rows as they are wrapped; stops at both ends of the file. */
  private scrollRows(rows: number): void {
    let top = this.top ?? 0;
    let skip = this.skip;
    for (let left = rows; left < 0; left++) {
      if (skip > 0) skip--;
      else if (top === 0) break;
      else {
        top = this.log.back(top, 1);
        skip = this.pieces(this.log.linesFrom(top)[0]?.text ?? "").length - 1;
      }
    }
    for (let left = rows; left > 0; left--) {
      const next = this.log.forward(top, 1);
      if (skip + 1 < this.pieces(this.log.linesFrom(top)[0]?.text ?? "").length) skip++;
      else if (next >= this.log.sizeBytes || next === top) break;
      else {
        top = next;
        skip = 0;
      }
    }
    this.top = top;
    this.skip = skip;
  }
}

/** The last lines of a file as they would be shown, for summaries. */
export function lastLinesOf(path: string, count: number): readonly string[] {
  const pager = new LogPager();
  pager.open(path);
  pager.poll();
  const lines = pager.lastLines(count);
  pager.close();
  return lines;
}

/** Matches stand out by being reversed, which needs no colour. */
function marked(text: string, mark: string): string {
  if (mark === "") return text;
  const where = mark === mark.toLowerCase() ? text.toLowerCase() : text;
  if (where.length !== text.length) return text;
  let out = "";
  let from = 0;
  for (let at = where.indexOf(mark); at >= 0; at = where.indexOf(mark, from)) {
    out += `${text.slice(from, at)}\u001b[7m${text.slice(at, at + mark.length)}\u001b[27m`;
    from = at + mark.length;
  }
  return out + text.slice(from);
}
