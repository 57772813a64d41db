import { constants, openSync, writeSync } from "node:fs";
import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";
import { type Canvas, Frame } from "./frame.ts";
import { isPlain, widthOf, withoutColour } from "./width.ts";

/** Only mode switches, no text: never a frame. */
const MODE_SWITCH = /^(?:\u001b\[[?>=<]?[\d;]*[@-ln-~])+$/;
/** Erasing and moving with which Ink begins a frame. */
const FRAME_PREFIX = /^(?:\u001b\[\d*(?:;\d*)?[ABCDGHJK])+/;
const SYNC_BEGIN = "\u001b[?2026h";
const SYNC_END = "\u001b[?2026l";
const MAX_RETRY_MS = 50;

export type OutputOptions = {
  readonly terminal: WriteStream & { readonly fd: number };
  readonly noColor: boolean;
  /** The terminal is gone (EIO, EPIPE): the screen ends, the run goes on. */
  onGone(error: Error): void;
};

/**
 * The layer between Ink and the terminal. Ink writes whole frames into it (`debug: true`, the contract of its own test
 * renderer); it writes only rows that changed, keeps one non-blocking write in flight, lets the newest frame win, and so
 * never stalls the process when the terminal stops reading.
 */
export class Output extends Writable {
  readonly isTTY = true;
  readonly stat = { frames: 0, bytes: 0, waits: 0 };
  private readonly terminal: WriteStream;
  private readonly noColor: boolean;
  private readonly onGone: (error: Error) => void;
  private readonly fd: number;
  private frame = new Frame("");
  private drawn = false;
  private shown: string[] = [];
  private readonly canvases = new Map<string, Canvas>();
  private live = false;
  private dirty = false;
  private queued = false;
  private inFlight: Buffer | undefined;
  private tail = "";
  private position = 0;
  private retryMs = 1;
  private timer: NodeJS.Timeout | undefined;

  constructor({ terminal, noColor, onGone }: OutputOptions) {
    super({ decodeStrings: false });
    this.terminal = terminal;
    this.noColor = noColor;
    this.onGone = onGone;
    this.fd = openNonBlocking(terminal.fd);
    terminal.on("resize", () => {
      this.invalidate();
      this.emit("resize");
    });
  }

  get columns(): number {
    return this.terminal.columns || 80;
  }

  get rows(): number {
    return this.terminal.rows || 24;
  }

  getColorDepth(): number {
    return this.terminal.getColorDepth?.() ?? 1;
  }

  hasColors(...counts: number[]): boolean {
    return this.terminal.hasColors?.(...(counts as [number])) ?? false;
  }

  setLive(live: boolean): void {
    this.live = live;
    if (!live) return;
    this.invalidate();
    this.touch();
  }

  /** Everything is drawn anew: after a resize, a child, ctrl-l. */
  invalidate(): void {
    this.shown = [];
    this.touch();
  }

  setCanvas(id: string, canvas: Canvas | undefined): void {
    if (canvas) this.canvases.set(id, canvas);
    else this.canvases.delete(id);
    this.touch();
  }

  /** Something in a canvas changed. */
  touch(): void {
    this.dirty = true;
    if (this.queued) return;
    this.queued = true;
    setImmediate(() => {
      this.queued = false;
      this.flush();
    });
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    const text = String(chunk).replaceAll(SYNC_BEGIN, "").replaceAll(SYNC_END, "");
    if (text !== "" && MODE_SWITCH.test(text)) {
      // Ink asks for bracketed paste this way; everything else about the terminal is the session's business.
      if (this.live && /\u001b\[\?2004[hl]/.test(text)) this.control(text);
    } else if (text !== "") {
      this.frame = new Frame(text.replace(FRAME_PREFIX, "").replace(/\n$/, ""));
      this.drawn = true;
      this.touch();
    }
    done();
  }

  /** Sequences that are no frame: title, notifications, progress. */
  control(text: string): void {
    if (this.inFlight) this.tail += text;
    else this.send(text);
  }

  /** Last words (exit, suspend): ends the frame in flight, then `text`; gives up after `limitMs` rather than hang. */
  finish(text: string, limitMs = 250): boolean {
    clearTimeout(this.timer);
    const rest = this.inFlight ? this.inFlight.subarray(this.position) : Buffer.alloc(0);
    const bytes = Buffer.concat([rest, Buffer.from(this.tail + text)]);
    this.inFlight = undefined;
    this.tail = "";
    this.dirty = false;
    const begun = performance.now();
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += writeSync(this.fd, bytes, offset);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || performance.now() - begun > limitMs) return false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
    return true;
  }

  private flush(): void {
    if (!this.live || !this.dirty || this.inFlight) return;
    this.dirty = false;
    const next = this.frame.compose(this.canvases.values(), this.rows);
    const text = this.difference(next);
    this.shown = next;
    if (text === "") return;
    this.stat.frames++;
    if (this.drawn) this.emit("shown");
    this.send(SYNC_BEGIN + text + SYNC_END);
  }

  private difference(next: readonly string[]): string {
    let text = "";
    for (const [y, row] of next.entries()) {
      if (row === this.shown[y]) continue;
      // Where we and the terminal may disagree on a width, the row is erased before it is written.
      const odd = !isPlain(row);
      const short = !odd && widthOf(row) < this.columns;
      text += `\u001b[${y + 1};1H${odd ? "\u001b[2K" : ""}${this.noColor ? withoutColour(row) : row}\u001b[0m${short ? "\u001b[K" : ""}`;
    }
    const fresh = this.shown.length === 0 && next.length < this.rows;
    if (fresh || next.length < this.shown.length) text += `\u001b[${next.length + 1};1H\u001b[J`;
    return text;
  }

  private send(text: string): void {
    this.inFlight = Buffer.from(text);
    this.position = 0;
    this.stat.bytes += this.inFlight.length;
    this.pump();
  }

  private pump(): void {
    const bytes = this.inFlight;
    if (!bytes) return;
    try {
      while (this.position < bytes.length) this.position += writeSync(this.fd, bytes, this.position);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        this.gone(error as Error);
        return;
      }
      this.stat.waits++;
      this.timer = setTimeout(() => this.pump(), this.retryMs);
      this.retryMs = Math.min(MAX_RETRY_MS, this.retryMs * 2);
      return;
    }
    this.inFlight = undefined;
    this.retryMs = 1;
    const { tail } = this;
    this.tail = "";
    if (tail !== "") this.send(tail);
    else this.flush();
  }

  private gone(error: Error): void {
    this.inFlight = undefined;
    this.live = false;
    this.onGone(error);
  }
}

/** An open file description of its own: O_NONBLOCK on it does not leak into other processes on the terminal. */
function openNonBlocking(fd: number): number {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  try {
    return openSync(process.platform === "linux" ? `/proc/self/fd/${fd}` : "/dev/tty", flags);
  } catch {
    return fd;
  }
}
