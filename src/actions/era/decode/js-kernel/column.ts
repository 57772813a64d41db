/** A column of a Native block that grows. Its memory is handed over as a whole and comes back later. */
export class ColumnBuffer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(0);
  #spare: Buffer | undefined;
  #at = 0;

  get length(): number {
    return this.#at;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** Below 2^53. */
  uint64(value: number): void {
    this.#reserve(8);
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#at);
    this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#at + 4);
    this.#at += 8;
  }

  copy64(source: Uint8Array, at: number): void {
    this.#reserve(8);
    for (let i = 0; i < 8; i++) this.#bytes[this.#at + i] = source[at + i]!;
    this.#at += 8;
  }

  /** `0x` and hex digits. */
  hex(source: Uint8Array, at: number, length: number): void {
    this.#reserve(2 * length + 12);
    this.#varint(2 * length + 2);
    const bytes = this.#bytes;
    bytes[this.#at] = 48;
    bytes[this.#at + 1] = 120;
    let o = this.#at + 2;
    if (length > LONG) {
      const buffer = Buffer.from(source.buffer, source.byteOffset + at, length);
      o += bytes.write(buffer.toString("hex"), o, "latin1");
    } else {
      for (let i = at; i < at + length; i++) {
        bytes[o++] = DIGITS[source[i]! >>> 4]!;
        bytes[o++] = DIGITS[source[i]! & 15]!;
      }
    }
    this.#at = o;
  }

  ascii(text: string): void {
    this.#reserve(text.length + 10);
    this.#varint(text.length);
    this.#at += this.#bytes.write(text, this.#at, "latin1");
  }

  /** Repeats what was appended since `from` until it is there `times` times. */
  repeat(from: number, times: number): void {
    const width = this.#at - from;
    this.#reserve(width * (times - 1));
    const stop = from + width * times;
    for (let have = width; from + have < stop; have *= 2) this.#bytes.copy(this.#bytes, from + have, from, stop - have);
    this.#at = stop;
  }

  /** Empties the column. `release` allows its memory to be used again. */
  take(): { readonly content: Uint8Array; release(): void } {
    const bytes = this.#bytes;
    const content = bytes.subarray(0, this.#at);
    this.#bytes = this.#spare ?? Buffer.allocUnsafeSlow(0);
    this.#spare = undefined;
    this.#at = 0;
    return {
      content,
      release: () => {
        this.#spare = bytes;
      },
    };
  }

  clear(): void {
    this.#at = 0;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#at++] = (rest & 127) | 128;
    this.#bytes[this.#at++] = rest;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(1 << 16, this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

const LONG = 256;
const DIGITS = new TextEncoder().encode("0123456789abcdef");
