/** A complete line without its ending. `end` is the number of bytes from the start of the stream to just after it. */
export type Line = { readonly text: string; readonly end: number };

/**
 * Cuts a stream of bytes into lines with bounded memory: of a line longer than `maxLineBytes` only the beginning is kept.
 * Invalid UTF-8 becomes U+FFFD.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #position: number;

  /** @param position of the first byte that will be pushed */
  constructor(maxLineBytes: number, position = 0) {
    this.#maxLineBytes = maxLineBytes;
    this.#position = position;
  }

  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(0x0a, from);
      if (newline === -1) break;
      this.#keep(chunk.subarray(from, newline));
      this.#position += newline + 1 - from;
      yield { text: this.#take(), end: this.#position };
      from = newline + 1;
    }
    this.#keep(chunk.subarray(from));
    this.#position += chunk.length - from;
  }

  /** The rest that has no line ending, when the stream is over. */
  *end(): Generator<Line> {
    if (this.#keptBytes > 0) yield { text: this.#take(), end: this.#position };
  }

  #keep(part: Buffer): void {
    const room = this.#maxLineBytes - this.#keptBytes;
    if (room <= 0 || part.length === 0) return;
    // Copied, because the reader uses its buffer again.
    const copy = Buffer.from(part.subarray(0, room));
    this.#kept.push(copy);
    this.#keptBytes += copy.length;
  }

  #take(): string {
    const text = Buffer.concat(this.#kept).toString("utf8").replace(/\r$/, "");
    this.#kept = [];
    this.#keptBytes = 0;
    return text;
  }
}
