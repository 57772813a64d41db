import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../lib/printable.ts";
import { fitText } from "../terminal/width.ts";

/** Read at once; a page of long lines may show less, never block longer. */
const CHUNK_BYTES = 64 * 1024;
/** Of one line; what is right of this cannot be on a screen. */
const MAX_LINE_CHARS = 4_096;

/**
 * A window onto a file that may grow: the file is the truth, nothing of it is kept. Follows its end until somebody scrolls;
 * then it stands still until `end`.
 */
export class LogPager {
  private path: string | undefined;
  private fd: number | undefined;
  private size = 0;
  /** Byte offset of the first line shown; `undefined` follows. */
  private top: number | undefined;
  private height = 1;

  /** Shows another file, from its end. The same file stays as it is. */
  open(path: string | undefined): void {
    if (path === this.path) return;
    this.close();
    this.path = path;
    this.top = undefined;
  }

  get following(): boolean {
    return this.top === undefined;
  }

  get sizeBytes(): number {
    return this.size;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
    this.size = 0;
  }

  /** Looks how long the file is now; true when it changed. */
  poll(): boolean {
    const before = this.size;
    try {
      if (this.fd === undefined && this.path !== undefined) this.fd = openSync(this.path, "r");
      this.size = this.fd === undefined ? 0 : fstatSync(this.fd).size;
    } catch {
      // Not there yet: the attempt has not begun to write.
      this.size = 0;
    }
    return this.size !== before;
  }

  end(): void {
    this.top = undefined;
  }

  start(): void {
    this.top = 0;
  }

  freeze(): void {
    this.top ??= this.back(this.size, this.height);
  }

  scrollPages(pages: number): void {
    this.scroll(Math.sign(pages) * Math.max(1, Math.round(Math.abs(pages) * this.height)));
  }

  scroll(lines: number): void {
    this.freeze();
    const top = this.top ?? 0;
    if (lines < 0) this.top = this.back(top, -lines);
    else this.top = Math.min(this.forward(top, lines), this.back(this.size, this.height));
  }

  /** Exactly `height` rows of exactly `width` columns. */
  rows(width: number, height: number, ellipsis: string): string[] {
    this.height = Math.max(1, height);
    const top = this.top ?? this.back(this.size, height);
    const lines = this.text(top).split("\n");
    return Array.from({ length: height }, (_, index) => fitText(clean(lines[index] ?? ""), width, ellipsis));
  }

  /** The last lines as they would be shown, for a summary. */
  lastLines(count: number): readonly string[] {
    const text = this.text(this.back(this.size, count));
    return text === "" ? [] : text.replace(/\n$/, "").split("\n").map(clean);
  }

  private text(from: number): string {
    return this.read(from, Math.min(this.size, from + CHUNK_BYTES)).toString("utf8");
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
function clean(line: string): string {
  const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
  const last = whole.slice(whole.lastIndexOf("\r") + 1, whole.lastIndexOf("\r") + 1 + MAX_LINE_CHARS);
  return printable(last).replaceAll("\t", "    ");
}
