/** Writes the little-endian layout of SSZ containers front to back, and fills in offsets once they are known. */
export class SszWriter {
  #bytes: Uint8Array = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  get position(): number {
    return this.#at;
  }

  reset(): void {
    this.#at = 0;
  }

  /** Valid until the next reset. */
  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  zeros(length: number): void {
    this.#reserve(length);
    this.#bytes.fill(0, this.#at, this.#at + length);
    this.#at += length;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  uint64(value: number | bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
  }

  /** Leaves room for an offset; call the result where the field's content begins. `base` is where the container began. */
  offset(base: number): () => void {
    const at = this.#at;
    this.uint32(0);
    return () => this.#view.setUint32(at, this.#at - base, true);
  }

  /** A list of `count` items of variable size, written by `item(index)`. */
  list(count: number, item: (index: number) => void): void {
    const base = this.#at;
    const begins = Array.from({ length: count }, () => this.offset(base));
    for (const [index, begin] of begins.entries()) {
      begin();
      item(index);
    }
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
