import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";

/** Writes the body to `path`, over what is there, decompressed. Stops after `cutAfter` bytes where a fault asks for it. */
export async function spoolBody(request: IncomingMessage, path: string, cutAfter?: number): Promise<void> {
  const source = cutAfter === undefined ? request : firstBytes(request, cutAfter);
  const body = decompressed(source, request.headers["content-encoding"]);
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    let bytes = 0;
    for await (const piece of body) {
      // In thousands of small pieces: to wait for a thread of its own costs more than each of them takes.
      writeAll(file, piece as Uint8Array);
      bytes += (piece as Uint8Array).length;
    }
    ftruncateSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

function decompressed(source: AsyncIterable<Uint8Array>, encoding: string | undefined): AsyncIterable<Uint8Array> {
  if (encoding === "gzip") return pipeline(source, createGunzip(), ignore);
  if (encoding === "deflate") return pipeline(source, createInflate(), ignore);
  if (encoding === "br") return pipeline(source, createBrotliDecompress(), ignore);
  if (encoding === "zstd") return pipeline(source, createZstdDecompress(), ignore);
  return source;
}

/** Whoever reads hears of errors. */
function ignore(): void {}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

async function* firstBytes(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const piece of source) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
