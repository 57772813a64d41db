import type { FileHandle } from "node:fs/promises";

const WINDOW_BYTES = 0x0010_0000;
/** Two windows with as much room in front of each for the record that the window before it left unfinished. */
const WINDOWS_END = 4 * WINDOW_BYTES;

type Window = {
  readonly base: number;
  /** Position in the file of `base`'s first byte, and how many bytes follow. */
  from: number;
  length: number;
  reading: Promise<void> | undefined;
};

/**
 * Brings stretches of a file into a buffer, in rising order, and reads ahead while the caller works on them. The
 * buffer's first 4 MiB are two windows; a stretch larger than one is read behind them.
 */
export class RecordReader {
  readonly #handle: FileHandle;
  readonly #buffer: Uint8Array;
  /** Nothing is read from here on. */
  readonly #end: number;
  #current: Window = window(WINDOW_BYTES);
  #ahead: Window = window(3 * WINDOW_BYTES);

  constructor(handle: FileHandle, buffer: Uint8Array, end: number) {
    this.#handle = handle;
    this.#buffer = buffer;
    this.#end = end;
  }

  /** Largest stretch that can be loaded. */
  get mostBytes(): number {
    return this.#buffer.length - WINDOWS_END - 64;
  }

  /** Where in the buffer the stretch already is, or -1. */
  loaded(position: number, length: number): number {
    const { base, from, length: available } = this.#current;
    return position >= from && position + length <= from + available ? base + position - from : -1;
  }

  /** Where in the buffer the stretch is now; valid until the next call. -1 when the file ends before it does. */
  async load(position: number, length: number): Promise<number> {
    const at = this.loaded(position, length);
    if (at !== -1) return at;
    if (position + length > this.#end) return -1;
    if (length > WINDOW_BYTES) return (await this.#fill(WINDOWS_END, position, length)) === length ? WINDOWS_END : -1;
    await this.#ahead.reading;
    const currentEnd = this.#current.from + this.#current.length;
    const follows = this.#ahead.length > 0 && this.#ahead.from === currentEnd;
    if (follows && position >= this.#current.from && position <= currentEnd) this.#turn(position, currentEnd);
    else await this.#restart(position);
    return this.loaded(position, length);
  }

  /** Waits for what is still being read: the buffer must not be given up before. */
  async close(): Promise<void> {
    await this.#ahead.reading?.catch(() => {});
  }

  /** The window ahead becomes the current one, with the unfinished record copied in front of it. */
  #turn(position: number, currentEnd: number): void {
    const carry = currentEnd - position;
    const source = this.#current.base + position - this.#current.from;
    const next = this.#ahead;
    this.#buffer.copyWithin(next.base - carry, source, source + carry);
    const done = this.#current;
    this.#current = { base: next.base - carry, from: position, length: next.length + carry, reading: undefined };
    this.#ahead = window(done.base < 2 * WINDOW_BYTES ? WINDOW_BYTES : 3 * WINDOW_BYTES);
    this.#readAhead();
  }

  async #restart(position: number): Promise<void> {
    const length = await this.#fill(WINDOW_BYTES, position, Math.min(WINDOW_BYTES, this.#end - position));
    this.#current = { base: WINDOW_BYTES, from: position, length, reading: undefined };
    this.#ahead = window(3 * WINDOW_BYTES);
    this.#readAhead();
  }

  #readAhead(): void {
    const ahead = this.#ahead;
    ahead.from = this.#current.from + this.#current.length;
    const want = Math.min(WINDOW_BYTES, this.#end - ahead.from);
    if (want <= 0) return;
    ahead.reading = this.#fill(ahead.base, ahead.from, want).then((length) => {
      ahead.length = length;
    });
    // A failure is reported by the load that needs these bytes.
    ahead.reading.catch(() => {});
  }

  async #fill(base: number, from: number, length: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(this.#buffer, base + done, length - done, from + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }
}

function window(base: number): Window {
  return { base, from: 0, length: 0, reading: undefined };
}
