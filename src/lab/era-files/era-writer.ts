import fs from "node:fs";

const VERSION = 0x3265;
const BLOCK = 0x0001;
const STATE = 0x0002;
const SLOT_INDEX = 0x3269;

/** Writes the records of one era file in order. Source: e2store-format-specs, formats/era.md. */
export class EraWriter {
  readonly #descriptor: number;
  #at = 0;

  constructor(path: string) {
    this.#descriptor = fs.openSync(path, "wx");
    this.#record(VERSION, new Uint8Array());
  }

  /** Where the next record begins. */
  get position(): number {
    return this.#at;
  }

  block(compressed: Uint8Array): void {
    this.#record(BLOCK, compressed);
  }

  state(compressed: Uint8Array): void {
    this.#record(STATE, compressed);
  }

  /** `positions` are absolute; 0 stands for an empty slot. */
  slotIndex(startSlot: number, positions: readonly number[]): void {
    const body = new DataView(new ArrayBuffer(16 + 8 * positions.length));
    body.setBigInt64(0, BigInt(startSlot), true);
    for (const [i, position] of positions.entries()) {
      body.setBigInt64(8 + 8 * i, position === 0 ? 0n : BigInt(position - this.#at), true);
    }
    body.setBigInt64(8 + 8 * positions.length, BigInt(positions.length), true);
    this.#record(SLOT_INDEX, new Uint8Array(body.buffer));
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  #record(type: number, body: Uint8Array): void {
    const head = new DataView(new ArrayBuffer(8));
    head.setUint16(0, type, true);
    head.setUint32(2, body.length, true);
    fs.writevSync(this.#descriptor, [head, body]);
    this.#at += 8 + body.length;
  }
}
