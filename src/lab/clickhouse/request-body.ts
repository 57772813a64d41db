import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";

/** Writes the body to `path`, decompressed. Stops after `cutAfter` bytes where a fault asks for it. */
export async function spoolBody(request: IncomingMessage, path: string, cutAfter?: number): Promise<void> {
  const encoding = request.headers["content-encoding"];
  const file = createWriteStream(path, { flags: "wx" });
  const source = cutAfter === undefined ? request : firstBytes(request, cutAfter);
  if (encoding === "gzip") await pipeline(source, createGunzip(), file);
  else if (encoding === "deflate") await pipeline(source, createInflate(), file);
  else if (encoding === "br") await pipeline(source, createBrotliDecompress(), file);
  else if (encoding === "zstd") await pipeline(source, createZstdDecompress(), file);
  else await pipeline(source, file);
}

async function* firstBytes(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const piece of source) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
