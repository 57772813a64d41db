import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { type ValueMap, valueToText } from "../../domain/value.ts";
import { formatOf as compressionOf, hashFile } from "../file/compression.ts";
import type { InsertSource } from "./connection.ts";

const FORMATS: { readonly [ending: string]: string } = {
  jsonl: "JSONEachRow",
  ndjson: "JSONEachRow",
  csv: "CSVWithNames",
  tsv: "TabSeparatedWithNames",
  parquet: "Parquet",
  native: "Native",
  arrow: "Arrow",
  avro: "Avro",
  orc: "ORC",
};

/** ClickHouse's format for a file by its name, a compression's ending left aside; undefined when it does not tell. */
export function formatOfFile(name: string): string | undefined {
  const ending = /\.([a-z]+)$/i.exec(name.replace(/\.(zst|zstd|gz|gzip)$/i, ""))?.[1];
  return ending === undefined ? undefined : FORMATS[ending.toLowerCase()];
}

/** A file to insert: a server gets its bytes decompressed, embedded ClickHouse reads the file itself. */
export function fileSource(path: string, format: string): InsertSource {
  return { kind: "file", path, format, open: () => openDecompressed(path) };
}

/** Rows given in the runbook, with exact integers. */
export function rowsSource(rows: readonly ValueMap[]): InsertSource {
  return { kind: "bytes", format: "JSONEachRow", bytes: rows.map((row) => `${valueToText(row)}\n`).join("") };
}

/** Size in bytes and sha256 of what is to be inserted. */
export async function fingerprintOf(
  source: InsertSource,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; sha256: string }> {
  if (source.kind === "file") return hashFile(source.path, signal);
  const sha256 = createHash("sha256").update(source.bytes).digest("hex");
  return { sizeBytes: Buffer.byteLength(source.bytes), sha256 };
}

function openDecompressed(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const compression = compressionOf(path);
  if (compression === undefined) return file;
  // An error of the file ends the decompressed stream with that error, which the insert then reports.
  return pipeline(file, compression === "zstd" ? createZstdDecompress() : createGunzip(), () => {});
}
