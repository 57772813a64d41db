import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../lib/printable.ts";

/** Read at once; a page of long lines may show less, never block longer. */
const CHUNK_BYTES = 64 * 1024;
/** Of one line; what is right of this cannot be on a screen. */
const MAX_LINE_CHARS = 4_096;

export type Line = { readonly offset: number; readonly text: string };

/** Lines of a file that may grow, by byte offset, forwards and backwards; nothing of it is kept. */
export class LogFile {
  private path: string | undefined;
  private fd: number | undefined;
  private size = 0;

  /** False when it is the same file as before. */
  open(path: string | undefined): boolean {
    if (path === this.path) return false;
    this.close();
    this.path = path;
    return true;
  }

  get file(): string | undefined {
    return this.path;
  }

  get sizeBytes(): number {
    return this.size;
  }

  get opened(): boolean {
    return this.fd !== undefined;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
    this.size = 0;
  }

  /** Looks how long the file is now. */
  look(): void {
    try {
      if (this.fd === undefined && this.path !== undefined) this.fd = openSync(this.path, "r");
      this.size = this.fd === undefined ? 0 : fstatSync(this.fd).size;
    } catch {
      // Not there yet: the attempt has not begun to write.
      this.size = 0;
    }
  }

  linesFrom(from: number): Line[] {
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
  back(offset: number, lines: number): number {
    const from = Math.max(0, offset - CHUNK_BYTES);
    const bytes = this.read(from, offset);
    let at = bytes.length;
    if (bytes[at - 1] === 10) at--;
    for (let left = lines; at > 0; at--) if (bytes[at - 1] === 10 && --left === 0) return from + at;
    return from;
  }

  forward(offset: number, lines: number): number {
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
