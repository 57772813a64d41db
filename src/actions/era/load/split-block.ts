/**
 * Cuts a Native block into blocks of at most `maxRows` rows, for servers that shall not get large inserts
 * (CLICKHOUSE_BATCH_SIZE). No value is copied. Knows the types that our columns have.
 * Source: https://clickhouse.com/docs/interfaces/formats/Native
 */
export function splitBlock(block: Uint8Array, maxRows: number): Uint8Array[][] {
  const reader = new Reader(block);
  const columns = reader.varint();
  const rows = reader.varint();
  if (rows <= maxRows) return [[block]];
  const starts = Array.from({ length: Math.ceil(rows / maxRows) }, (_, index) => index * maxRows);
  const blocks: Uint8Array[][] = starts.map((start) => [header(columns, Math.min(maxRows, rows - start))]);
  for (let column = 0; column < columns; column++) {
    const from = reader.at;
    reader.skip(reader.varint());
    const type = reader.text();
    const head = block.subarray(from, reader.at);
    for (const [index, start] of starts.entries()) {
      const valuesFrom = reader.at;
      reader.skipValues(type, Math.min(maxRows, rows - start));
      blocks[index]!.push(head, block.subarray(valuesFrom, reader.at));
    }
  }
  return blocks;
}

const WIDTHS: { readonly [type: string]: number } = { UInt64: 8, UInt32: 4, DateTime: 4 };

class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const length = this.varint();
    this.at += length;
    return Buffer.from(this.#bytes.subarray(this.at - length, this.at)).toString("latin1");
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  skipValues(type: string, rows: number): void {
    const width = WIDTHS[type];
    if (width !== undefined) this.skip(width * rows);
    else if (type === "String") for (let row = 0; row < rows; row++) this.skip(this.varint());
    else throw new Error(`a Native block has a column of type ${type}, which nobody writes`);
  }
}

function header(columns: number, rows: number): Uint8Array {
  return Uint8Array.from([...varint(columns), ...varint(rows)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
