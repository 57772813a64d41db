import type { Json } from "../../../domain/json.ts";

export type NativeRow = { readonly [column: string]: Json };

/**
 * The rows of Native blocks laid end to end, for the column types that we write. UInt64 beyond 2^53 become decimal
 * strings, DateTime an ISO text in UTC.
 */
export function readNative(bytes: Uint8Array): NativeRow[] {
  const reader = new NativeReader(bytes);
  const rows: NativeRow[] = [];
  while (!reader.atEnd) {
    const columns = reader.varint();
    const count = reader.varint();
    const block: { [column: string]: Json }[] = Array.from({ length: count }, () => ({}));
    for (let column = 0; column < columns; column++) {
      const name = reader.text();
      const type = reader.text();
      for (const row of block) row[name] = reader.value(type);
    }
    rows.push(...block);
  }
  return rows;
}

class NativeReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const length = this.varint();
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }

  value(type: string): Json {
    switch (type) {
      case "String":
        return this.text();
      case "UInt64": {
        const value = this.#bytes.readBigUInt64LE(this.#at);
        this.#at += 8;
        return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
      }
      case "UInt32":
        return this.#uint32();
      case "DateTime":
        return new Date(1000 * this.#uint32()).toISOString();
      default:
        throw new Error(`no reader for Native columns of type ${type}`);
    }
  }

  #uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }
}
