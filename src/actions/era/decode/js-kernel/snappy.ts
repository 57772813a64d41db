import { crc32c } from "../../../../lib/crc32c.ts";
import { PROBLEM, type ProblemCode } from "../problems.ts";

const MAX_CHUNK = 65_536;

/** A problem, and where in the source; or how many bytes were written. */
export type Decompressed =
  | { readonly kind: "written"; readonly bytes: number }
  | { readonly kind: "problem"; readonly code: ProblemCode; readonly at: number };

/** Decompresses a stream in snappy's framing format from `source` to `target`. Source: google/snappy. */
export function decompress(source: Uint8Array, target: Uint8Array, verifyCrc: boolean): Decompressed {
  if (source.length < 10 || source[0] !== 0xff) return problem(PROBLEM.noIdentifier, 0);
  let p = 0;
  let o = 0;
  while (p < source.length) {
    const length = chunkLength(source, p);
    if (length === 0) return problem(PROBLEM.truncatedChunk, p);
    const written = decompressChunk(source.subarray(p, p + length), target, o, verifyCrc);
    if (written < 0) return problem(-written as ProblemCode, p);
    o += written;
    p += length;
  }
  return { kind: "written", bytes: o };
}

/** The length of the content of a single chunk (head included in `chunk`), or a negative problem code. */
export function decompressChunk(chunk: Uint8Array, target: Uint8Array, start: number, verifyCrc: boolean): number {
  const kind = chunk[0]!;
  const capacity = target.length - start;
  let written: number;
  if (kind === 0) {
    if (chunk.length < 9) return -PROBLEM.truncatedChunk;
    written = raw(chunk, 8, target, start, Math.min(capacity, MAX_CHUNK));
    if (written < 0) {
      const content = contentLength(chunk, 8);
      if (content > MAX_CHUNK) return -PROBLEM.chunkTooLarge;
      return content > capacity ? -PROBLEM.tooLarge : -PROBLEM.badCompression;
    }
  } else if (kind === 1) {
    if (chunk.length < 8) return -PROBLEM.truncatedChunk;
    written = chunk.length - 8;
    if (written > MAX_CHUNK) return -PROBLEM.chunkTooLarge;
    if (written > capacity) return -PROBLEM.tooLarge;
    target.set(chunk.subarray(8), start);
  } else if (kind === 0xff) return isIdentifier(chunk) ? 0 : -PROBLEM.badIdentifier;
  else return -PROBLEM.unknownChunk;
  if (verifyCrc && mask(crc32c(target.subarray(start, start + written))) !== uint32(chunk, 4)) return -PROBLEM.badCrc;
  return written;
}

function problem(code: ProblemCode, at: number): Decompressed {
  return { kind: "problem", code, at };
}

function chunkLength(source: Uint8Array, p: number): number {
  if (source.length - p < 4) return 0;
  const length = 4 + (source[p + 1]! | (source[p + 2]! << 8) | (source[p + 3]! << 16));
  return p + length <= source.length ? length : 0;
}

function isIdentifier(chunk: Uint8Array): boolean {
  return chunk.length === 10 && Buffer.from(chunk.subarray(4)).toString("latin1") === "sNaPpY";
}

function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function contentLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i] ?? 0;
    length = (length | ((byte & 127) << (7 * i))) >>> 0;
    if (byte < 128) return length;
  }
  return 0xffff_ffff;
}

/** The raw format from `source[p]` to its end: the length written, or -1. */
function raw(source: Uint8Array, start: number, target: Uint8Array, base: number, capacity: number): number {
  const end = source.length;
  let p = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (p >= end || shift > 28) return -1;
    const byte = source[p++]!;
    length = (length | ((byte & 127) << shift)) >>> 0;
    if (byte < 128) break;
  }
  if (length > capacity) return -1;
  let o = base;
  const stop = base + length;
  while (p < end) {
    const tag = source[p++]!;
    let size: number;
    let back: number;
    switch (tag & 3) {
      case 0: {
        size = (tag >>> 2) + 1;
        if (size > 60) {
          const extra = size - 60;
          if (p + extra > end) return -1;
          size = 0;
          for (let i = 0; i < extra; i++) size += source[p + i]! * 2 ** (8 * i);
          size = (size + 1) % 2 ** 32;
          p += extra;
        }
        if (size > end - p || size > stop - o) return -1;
        if (size > 48) target.set(source.subarray(p, p + size), o);
        else for (let i = 0; i < size; i++) target[o + i] = source[p + i]!;
        p += size;
        o += size;
        continue;
      }
      case 1:
        size = ((tag >>> 2) & 7) + 4;
        back = ((tag >>> 5) << 8) | (source[p] ?? 0);
        p += 1;
        break;
      case 2:
        size = (tag >>> 2) + 1;
        back = (source[p] ?? 0) | ((source[p + 1] ?? 0) << 8);
        p += 2;
        break;
      default:
        size = (tag >>> 2) + 1;
        back = uint32(source, p);
        p += 4;
    }
    // A tag that promises more bytes than are left fails at the end of the loop, or here.
    if (back === 0 || back > o - base || size > stop - o) return -1;
    if (back >= size && size > 48) target.copyWithin(o, o - back, o - back + size);
    else for (let i = 0; i < size; i++) target[o + i] = target[o - back + i]!;
    o += size;
  }
  return p === end && o === stop ? length : -1;
}
