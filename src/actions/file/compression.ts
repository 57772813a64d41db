import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress } from "node:zlib";
import { writeFileAtomically } from "../../lib/atomic-file.ts";

export type Format = "zstd" | "gzip";

/** Size and checksum of what went in and of what came out. */
export type Converted = {
  readonly from: { readonly sizeBytes: number; readonly sha256: string };
  readonly to: { readonly sizeBytes: number; readonly sha256: string };
};

export type ConvertOptions = {
  readonly signal: AbortSignal;
  /** Called with the number of input bytes done, often. */
  readonly onProgress?: (bytes: number) => void;
  /** Compression level; zstd 1 to 22, gzip 0 to 9. */
  readonly level?: number;
  readonly mode?: number;
};

/**
 * Compresses a file into another, which never bears its name half-written. Both are hashed on the way.
 *
 * @throws the file system's error, or the signal's reason
 */
export function compressFile(from: string, to: string, format: Format, options: ConvertOptions): Promise<Converted> {
  return convert(from, to, compressor(format, options.level), options);
}

/** The inverse of `compressFile`. Throws with a code beginning `Z_` or `ZSTD_` when the input is damaged or cut off. */
export function decompressFile(from: string, to: string, format: Format, options: ConvertOptions): Promise<Converted> {
  return convert(from, to, decompressor(format), options);
}

/** Size and sha256 of a file. */
export async function hashFile(path: string, signal: AbortSignal): Promise<{ sizeBytes: number; sha256: string }> {
  const counter = new Counter();
  await pipeline(createReadStream(path), (chunks: Chunks) => drain(counter.pass(chunks)), { signal });
  return counter.result();
}

/** Size and sha256 of what a compressed file holds, without writing it anywhere: proof that it can be read back. */
export async function hashDecompressed(
  path: string,
  format: Format,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; sha256: string }> {
  const counter = new Counter();
  const read = (chunks: Chunks): Promise<void> => drain(counter.pass(chunks));
  await pipeline(createReadStream(path), decompressor(format), read, { signal });
  return counter.result();
}

/** `zstd` and `gzip` by the file's ending; undefined when it has neither. */
export function formatOf(path: string): Format | undefined {
  if (/\.(zst|zstd)$/i.test(path)) return "zstd";
  return /\.(gz|gzip)$/i.test(path) ? "gzip" : undefined;
}

async function convert(from: string, to: string, transform: Transform, options: ConvertOptions): Promise<Converted> {
  const input = new Counter(options.onProgress);
  const output = new Counter();
  await pipeline(
    createReadStream(from, { highWaterMark: 1024 * 1024 }),
    (chunks: Chunks) => input.pass(chunks),
    transform,
    (chunks: Chunks) => writeFileAtomically(to, output.pass(chunks), options.mode),
    { signal: options.signal },
  );
  return { from: input.result(), to: output.result() };
}

type Chunks = AsyncIterable<Buffer>;

async function drain(chunks: Chunks): Promise<void> {
  for await (const _ of chunks);
}

class Counter {
  readonly #hash: Hash = createHash("sha256");
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #sizeBytes = 0;

  constructor(onProgress?: (bytes: number) => void) {
    this.#onProgress = onProgress;
  }

  async *pass(chunks: Chunks): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#sizeBytes += chunk.length;
      this.#onProgress?.(this.#sizeBytes);
      yield chunk;
    }
  }

  result(): { sizeBytes: number; sha256: string } {
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest("hex") };
  }
}

function compressor(format: Format, level: number | undefined): Transform {
  if (format === "gzip") return createGzip(level === undefined ? {} : { level });
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  // The checksum inside the frame lets `zstd -t` find damage without us.
  return createZstdCompress({ params: { [ZSTD_c_checksumFlag]: 1, [ZSTD_c_compressionLevel]: level ?? 3 } });
}

function decompressor(format: Format): Transform {
  if (format === "gzip") return createGunzip();
  // Archives made with `--long=31` need the whole window.
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 31 } });
}
