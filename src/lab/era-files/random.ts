/** A small fast generator (sfc32): the same seed gives the same numbers on every machine. Not for secrets. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;
  readonly #pool: Uint8Array;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.uint32();
    const pool = new Uint32Array(POOL_BYTES / 4);
    for (let i = 0; i < pool.length; i++) pool[i] = this.uint32();
    this.#pool = new Uint8Array(pool.buffer);
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 <= result < limit */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32;
  }

  /** `length` bytes that do not compress (slices of a pool far larger than a compressor's window). */
  bytes(length: number): Uint8Array {
    const start = this.below(POOL_BYTES - length);
    return this.#pool.subarray(start, start + length);
  }
}

const POOL_BYTES = 4 * 2 ** 20;
