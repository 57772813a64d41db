import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

const WHOLE = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|P[^\u001b]*\u001b\\)/;
const PART = /^\u001b(?:|\[[0-?]*[ -/]*|O|\][^\u0007\u001b]*\u001b?|P[^\u001b]*\u001b?)$/;
const REPLY = /^\u001b\[[?>]?[\d;]*[Rcny]$/;
const LATE_SEQUENCE = /^(?:\[[\d;]*[A-Z~]|O[A-Z])/;
const PASTE_BEGIN = "\u001b[200~";
const PASTE_END = "\u001b[201~";
/** A lone ESC in the kitty form, which Ink need not wait for again. */
const ESCAPE_KEY = "\u001b[27u";
const MAX_PASTE_CHARS = 1 << 20;
const LOST_PASTE_MS = 3_000;
const LATE_MS = 150;

/**
 * The layer between the terminal and Ink: one key per chunk, escape sequences joined when they arrive in pieces, a bracketed
 * paste as one chunk, terminal replies dropped, and everything dropped while muted: keys that were typed before a dialog
 * was there, or while a child had the terminal, are not for us.
 */
export class Input extends Readable {
  readonly isTTY: boolean;
  dropped = 0;
  private readonly source: ReadStream;
  private readonly escapeMs: number;
  private readonly decoder = new StringDecoder("utf8");
  private readonly onData = (data: Buffer): void => this.feed(this.decoder.write(data));
  private pending = "";
  private timer: NodeJS.Timeout | undefined;
  private mutedUntilMs = 0;
  private opened = false;
  private muteFirstMs = 0;
  private raw = false;
  private lateUntilMs = 0;
  private lastKeyMs = performance.now();

  constructor(source: ReadStream, escapeMs = 30) {
    super({ objectMode: true, read() {} });
    this.source = source;
    this.escapeMs = escapeMs;
    this.isTTY = source.isTTY === true;
  }

  /** Until the first frame is on the screen, what is typed is for nobody; from then on no key is lost. */
  open(): void {
    this.opened = true;
    if (this.muteFirstMs > 0) this.mute(this.muteFirstMs);
  }

  /** Since the last key, or since the beginning. */
  get quietMs(): number {
    return performance.now() - this.lastKeyMs;
  }

  override setEncoding(): this {
    return this;
  }

  ref(): this {
    this.source.ref?.();
    return this;
  }

  unref(): this {
    this.source.unref?.();
    return this;
  }

  setRawMode(on: boolean): this {
    if (on === this.raw) return this;
    this.raw = on;
    this.source.setRawMode?.(on);
    this.source.off("data", this.onData);
    if (on) {
      this.source.on("data", this.onData);
      this.source.resume();
    } else {
      this.source.pause();
      this.pending = "";
      clearTimeout(this.timer);
    }
    return this;
  }

  /** Drops what is queued and what arrives within `ms`; ctrl-c always passes. */
  mute(ms: number): void {
    // What the first frame shows, nobody has seen before it is there.
    if (!this.opened) this.muteFirstMs = Math.max(this.muteFirstMs, ms);
    this.mutedUntilMs = Math.max(this.mutedUntilMs, performance.now() + ms);
    while (this.read() !== null) this.dropped++;
  }

  /** For tests and for `setRawMode`: text as it came from the terminal. */
  feed(text: string): void {
    clearTimeout(this.timer);
    // Its ESC was given up as a key on a slow line: still one sequence, never letters.
    const late = this.pending === "" && performance.now() < this.lateUntilMs && LATE_SEQUENCE.test(text);
    this.lateUntilMs = 0;
    this.pending += late ? `\u001b${text}` : text;
    while (this.pending !== "" && this.takeOne());
  }

  /** Takes one key from what is pending; false when more must arrive first. */
  private takeOne(): boolean {
    const text = this.pending;
    if (text[0] !== "\u001b") return this.takeKey(firstChar(text, 0));
    if (text.startsWith(PASTE_BEGIN)) return this.takePaste(text);
    const whole = WHOLE.exec(text)?.[0];
    if (whole !== undefined) {
      this.pending = text.slice(whole.length);
      this.sequence(whole);
      return true;
    }
    if (PART.test(text)) {
      this.timer = setTimeout(() => this.giveUp(), this.escapeMs);
      return false;
    }
    if (text[1] === "\u001b") {
      this.pending = text.slice(1);
      this.key(ESCAPE_KEY);
      return true;
    }
    return this.takeKey(`\u001b${firstChar(text, 1)}`);
  }

  private takeKey(key: string): boolean {
    this.pending = this.pending.slice(key.length);
    this.key(key);
    return true;
  }

  private takePaste(text: string): boolean {
    const end = text.indexOf(PASTE_END);
    if (end < 0 && text.length < MAX_PASTE_CHARS) {
      // An unfinished paste never turns into keys.
      this.timer = setTimeout(() => {
        this.pending = "";
      }, LOST_PASTE_MS);
      return false;
    }
    const stop = end + PASTE_END.length;
    if (end >= 0) this.key(text.slice(0, stop));
    this.pending = end < 0 ? "" : text.slice(stop);
    return true;
  }

  private giveUp(): void {
    const text = this.pending;
    this.pending = "";
    if (text !== "\u001b") return;
    this.lateUntilMs = performance.now() + LATE_MS;
    this.key(ESCAPE_KEY);
  }

  private sequence(text: string): void {
    if (text === "\u001b[I" || text === "\u001b[O") this.emit("focus", text === "\u001b[I");
    else if (text[1] !== "]" && text[1] !== "P" && !REPLY.test(text)) this.key(text);
  }

  private key(text: string): void {
    this.lastKeyMs = performance.now();
    const deaf = !this.opened || performance.now() < this.mutedUntilMs;
    if (deaf && text !== "\u0003") this.dropped++;
    else this.push(text);
  }
}

function firstChar(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) as number);
}
