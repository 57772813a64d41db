import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../lib/printable.ts";
import { fitText, widthOf } from "../terminal/width.ts";
import { paint } from "../theme.ts";
import { ArrivalTimes } from "./arrival-times.ts";

/** Read at once; a page of long lines may show less, never block longer. */
const CHUNK_BYTES = 64 * 1024;
/** Of one line; what is right of this cannot be on a screen. */
const MAX_LINE_CHARS = 4_096;
const CLOCK_COLUMNS = 9;

type Line = { readonly offset: number; readonly text: string };

/**
 * A window onto a file that may grow: the file is the truth, nothing of it is kept. Follows its end until somebody scrolls;
 * then it stands still until `end`.
 */
export class LogPager {
  wrapped = false;
  clock = false;
  /** What to mark in the lines, in lower case when case does not matter. */
  private mark = "";
  private path: string | undefined;
  private fd: number | undefined;
  private size = 0;
  /** Byte offset of the first line shown; `undefined` follows. */
  private top: number | undefined;
  /** Rows of a wrapped first line that are above the window. */
  private skip = 0;
  private height = 1;
  private width = 80;
  private readonly arrivals = new ArrivalTimes();

  /** Shows another file, from its end. The same file stays as it is. */
  open(path: string | undefined): void {
    if (path === this.path) return;
    this.close();
    this.path = path;
    this.top = undefined;
    this.skip = 0;
    this.arrivals.clear();
  }

  get following(): boolean {
    return this.top === undefined;
  }

  get sizeBytes(): number {
    return this.size;
  }

  get file(): string | undefined {
    return this.path;
  }

  /** Where a search begins: the first line shown. */
  get offset(): number {
    return this.top ?? this.back(this.size, this.height);
  }

  /** Where a search for the next match goes on: the line after the first one shown. */
  get nextOffset(): number {
    return this.forward(this.offset, 1);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
    this.size = 0;
  }

  /** Looks how long the file is now; true when it changed. */
  poll(nowMs = Date.now()): boolean {
    const before = this.size;
    const fresh = this.fd === undefined;
    try {
      if (this.fd === undefined && this.path !== undefined) this.fd = openSync(this.path, "r");
      this.size = this.fd === undefined ? 0 : fstatSync(this.fd).size;
    } catch {
      // Not there yet: the attempt has not begun to write.
      this.size = 0;
    }
    // What was there when we came arrived at times that nobody knows.
    if (this.size > before) this.arrivals.note(this.size, fresh && before === 0 ? undefined : nowMs);
    return this.size !== before;
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
      this.top = this.size;
      this.skip = 0;
      this.scrollRows(-this.height);
    } else this.top = this.back(this.size, this.height);
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
    if (lines < 0) this.top = this.back(top, -lines);
    else this.top = Math.max(top, Math.min(this.forward(top, lines), this.back(this.size, this.height)));
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
    return this.linesFrom(this.back(this.size, count)).map(({ text }) => text);
  }

  private shownRows(height: number): (Line & { readonly first: boolean })[] {
    const from = this.top ?? this.back(this.size, height);
    const lines = this.linesFrom(from).slice(0, height + (this.top === undefined ? height : this.skip + height));
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
        top = this.back(top, 1);
        skip = this.pieces(this.linesFrom(top)[0]?.text ?? "").length - 1;
      }
    }
    for (let left = rows; left > 0; left--) {
      const next = this.forward(top, 1);
      if (skip + 1 < this.pieces(this.linesFrom(top)[0]?.text ?? "").length) skip++;
      else if (next >= this.size || next === top) break;
      else {
        top = next;
        skip = 0;
      }
    }
    this.top = top;
    this.skip = skip;
  }

  private linesFrom(from: number): Line[] {
    const bytes = this.read(from, Math.min(this.size, from + CHUNK_BYTES));
    const lines: Line[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = bytes.indexOf(10, at);
      const to = next < 0 ? bytes.length : next;
      lines.push({ offset: from + at, text: clean(bytes.subarray(at, Math.min(to, at + 4 * MAX_LINE_CHARS))) });
      at = to + 1;
    }
    return lines;
  }

  /** Offset of the line that begins `lines` lines before `offset`; a line that is not ended yet counts. */
  private back(offset: number, lines: number): number {
    const from = Math.max(0, offset - CHUNK_BYTES);
    const bytes = this.read(from, offset);
    let at = bytes.length;
    if (bytes[at - 1] === 10) at--;
    for (let left = lines; at > 0; at--) if (bytes[at - 1] === 10 && --left === 0) return from + at;
    return from;
  }

  private forward(offset: number, lines: number): number {
    const bytes = this.read(offset, Math.min(this.size, offset + CHUNK_BYTES));
    let at = 0;
    for (let left = lines; left > 0; left--) {
      const next = bytes.indexOf(10, at);
      if (next < 0) break;
      at = next + 1;
    }
    // One line that is longer than a chunk: go on inside of it rather than stand still.
    return at === 0 && bytes.length === CHUNK_BYTES ? offset + CHUNK_BYTES : offset + at;
  }

  private read(from: number, to: number): Buffer {
    if (this.fd === undefined || to <= from) return Buffer.alloc(0);
    const bytes = Buffer.alloc(to - from);
    try {
      return bytes.subarray(0, readSync(this.fd, bytes, 0, bytes.length, from));
    } catch {
      return Buffer.alloc(0);
    }
  }
}

/** What a terminal would show of the line in the end: after the last carriage return, tabs as blanks, nothing that acts. */
function clean(bytes: Buffer): string {
  const line = bytes.toString("utf8");
  const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
  const last = whole.slice(whole.lastIndexOf("\r") + 1, whole.lastIndexOf("\r") + 1 + MAX_LINE_CHARS);
  return printable(last).replaceAll("\t", "    ");
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
