/** Columns of one small Parquet file; all of the same length, nothing is null. */
export type ParquetColumn =
  | { readonly name: string; readonly type: "string"; readonly values: readonly string[] }
  | { readonly name: string; readonly type: "boolean"; readonly values: readonly boolean[] }
  | { readonly name: string; readonly type: "int64"; readonly values: readonly number[] };

/** Writes a Parquet file with one row group, plain encoding, no compression (https://parquet.apache.org/docs/file-format/). */
export function writeParquet(columns: readonly ParquetColumn[]): Buffer {
  const rows = columns[0]?.values.length ?? 0;
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let offset = 4;
  const chunks = columns.map((column) => {
    const data = plain(column);
    const page = struct([
      [1, int32(0)],
      [2, int32(data.length)],
      [3, int32(data.length)],
      [
        5,
        struct([
          [1, int32(rows)],
          [2, int32(0)],
          [3, int32(3)],
          [4, int32(3)],
        ]),
      ],
    ]);
    const size = page.bytes.length + data.length;
    const chunk = { column, offset, size };
    parts.push(page.bytes, data);
    offset += size;
    return chunk;
  });
  const footer = struct([
    [1, int32(1)],
    [2, list([root(columns.length), ...columns.map(schemaElement)])],
    [3, int64(rows)],
    [
      4,
      list([
        struct([
          [1, list(chunks.map(columnChunk))],
          [2, int64(offset - 4)],
          [3, int64(rows)],
        ]),
      ]),
    ],
    [6, text("runsheet lab")],
  ]).bytes;
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, tail, Buffer.from("PAR1")]);

  function columnChunk({ column, offset: at, size }: { column: ParquetColumn; offset: number; size: number }): Thrift {
    const metadata = struct([
      [1, int32(physicalType[column.type])],
      [2, list([int32(0), int32(3)])],
      [3, list([text(column.name)])],
      [4, int32(0)],
      [5, int64(rows)],
      [6, int64(size)],
      [7, int64(size)],
      [9, int64(at)],
    ]);
    return struct([
      [2, int64(at)],
      [3, metadata],
    ]);
  }
}

const physicalType = { boolean: 0, int64: 2, string: 6 } as const;

function root(children: number): Thrift {
  return struct([
    [4, text("schema")],
    [5, int32(children)],
  ]);
}

function schemaElement({ name, type }: ParquetColumn): Thrift {
  const fields: [number, Thrift][] = [
    [1, int32(physicalType[type])],
    [3, int32(0)],
    [4, text(name)],
  ];
  return struct(type === "string" ? [...fields, [6, int32(0)]] : fields);
}

function plain(column: ParquetColumn): Buffer {
  if (column.type === "boolean") {
    const bytes = Buffer.alloc(Math.ceil(column.values.length / 8));
    for (const [at, value] of column.values.entries()) if (value) bytes[at >> 3]! |= 1 << (at & 7);
    return bytes;
  }
  if (column.type === "int64") {
    const bytes = Buffer.alloc(column.values.length * 8);
    for (const [at, value] of column.values.entries()) bytes.writeBigInt64LE(BigInt(value), at * 8);
    return bytes;
  }
  return Buffer.concat(
    column.values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );
}

/** A value in Thrift's compact protocol, with its type code. */
type Thrift = { readonly code: number; readonly bytes: Buffer };

function struct(fields: readonly (readonly [id: number, value: Thrift])[]): Thrift {
  let last = 0;
  const parts = fields.flatMap(([id, { code, bytes }]) => {
    const header = Buffer.from([((id - last) << 4) | code]);
    last = id;
    return [header, bytes];
  });
  return { code: 12, bytes: Buffer.concat([...parts, Buffer.from([0])]) };
}

function list(items: readonly Thrift[]): Thrift {
  const code = items[0]?.code ?? 12;
  const header =
    items.length < 15
      ? Buffer.from([(items.length << 4) | code])
      : Buffer.concat([Buffer.from([0xf0 | code]), varint(BigInt(items.length))]);
  return { code: 9, bytes: Buffer.concat([header, ...items.map(({ bytes }) => bytes)]) };
}

function int32(value: number): Thrift {
  return { code: 5, bytes: varint(zigzag(value)) };
}

function int64(value: number): Thrift {
  return { code: 6, bytes: varint(zigzag(value)) };
}

function text(value: string): Thrift {
  return { code: 8, bytes: Buffer.concat([varint(BigInt(Buffer.byteLength(value))), Buffer.from(value)]) };
}

function zigzag(value: number): bigint {
  return BigInt(value) * (value < 0 ? -2n : 2n) - (value < 0 ? 1n : 0n);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
}
