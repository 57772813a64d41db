// Snappy's framing format (framing_format.txt) and the raw format inside its chunks (format_description.txt).
// Vectors may read up to 64 bytes behind a chunk and write up to 64 behind the output: both areas have that room.

import { crc32c } from "./crc32c";
import {
  BAD_COMPRESSION,
  BAD_CRC,
  BAD_IDENTIFIER,
  CHUNK_TOO_LARGE,
  fail,
  NO_IDENTIFIER,
  TOO_LARGE,
  TRUNCATED_CHUNK,
  UNKNOWN_CHUNK,
} from "./problem";

const MAX_CHUNK: u32 = 65536;
/** "sNaPpY" */
const IDENTIFIER_LOW: u32 = 0x50614e73;
const IDENTIFIER_HIGH: u32 = 0x5970;

/** Decompresses a whole stream from `source` to `target`; the length, or a negative problem. */
export function decompress(source: usize, length: u32, target: usize, capacity: u32, verify: bool): i32 {
  if (length < 10 || load<u8>(source) != 0xff) return fail(NO_IDENTIFIER, 0);
  const end = source + length;
  let p = source;
  let o = target;
  while (p < end) {
    const next = p + chunkLength(p, <u32>(end - p));
    if (next == p) return fail(TRUNCATED_CHUNK, p - source);
    const written = chunk(p, <u32>(next - p), o, capacity - <u32>(o - target), verify);
    if (written < 0) return fail(-written, p - source);
    o += written;
    p = next;
  }
  return <i32>(o - target);
}

/** Length of the chunk at `p` with its 4-byte head, or 0 when it does not end within `available`. */
export function chunkLength(p: usize, available: u32): u32 {
  if (available < 4) return 0;
  const length = (load<u32>(p) >>> 8) + 4;
  return length <= available ? length : 0;
}

/** Decompresses one chunk; the length of its content (0 for those that carry none), or a negative problem code. */
export function chunk(p: usize, length: u32, target: usize, capacity: u32, verify: bool): i32 {
  const kind = load<u8>(p);
  let written: i32;
  if (kind == 0) {
    if (length < 9) return -TRUNCATED_CHUNK;
    written = raw(p + 8, p + length, target, min(capacity, MAX_CHUNK));
    if (written < 0) return contentLength(p + 8) > MAX_CHUNK ? -CHUNK_TOO_LARGE : contentLength(p + 8) > capacity ? -TOO_LARGE : -BAD_COMPRESSION;
  } else if (kind == 1) {
    if (length < 8) return -TRUNCATED_CHUNK;
    written = length - 8;
    if (<u32>written > MAX_CHUNK) return -CHUNK_TOO_LARGE;
    if (<u32>written > capacity) return -TOO_LARGE;
    memory.copy(target, p + 8, written);
  } else if (kind == 0xff) {
    const identifier = length == 10 && load<u32>(p + 4) == IDENTIFIER_LOW && load<u16>(p + 8) == IDENTIFIER_HIGH;
    return identifier ? 0 : -BAD_IDENTIFIER;
    // Chunks that may be skipped are refused: no writer of era files makes any, and one flipped bit makes one of a chunk
    // of data, which would then be missed by nobody.
  } else return -UNKNOWN_CHUNK;
  if (verify && mask(crc32c(target, written)) != load<u32>(p + 4)) return -BAD_CRC;
  return written;
}

// @ts-ignore: decorator
@inline function mask(crc: u32): u32 {
  return rotr(crc, 15) + 0xa282ead8;
}

function contentLength(p: usize): u32 {
  let length: u32 = 0;
  for (let shift: u32 = 0; shift < 35; shift += 7) {
    const byte: u32 = load<u8>(p++);
    length |= (byte & 127) << shift;
    if (byte < 128) return length;
  }
  return u32.MAX_VALUE;
}

/** Per distance below 16: which of the 16 bytes that far back make up the repetition. From 16 on, all as they are. */
const PATTERNS: usize = memory.data(17 * 16, 16);
/** Per distance below 16: the least multiple of it that is not below 16. */
const STRIDES: usize = memory.data(16);

/** Per tag of a copy: its size, by how much to shift 32 ones to keep its distance's bytes, the distance's upper bits. */
const COPIES: usize = memory.data(256 * 4, 16);

export function prepareSnappy(): void {
  for (let back: u32 = 1; back <= 16; back++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERNS + (back << 4) + i, i % back);
    if (back < 16) store<u8>(STRIDES + back, ((15 + back) / back) * back);
  }
  for (let tag: u32 = 0; tag < 256; tag++) {
    const kind = tag & 3;
    const size: u32 = kind == 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const shift: u32 = kind == 1 ? 24 : kind == 2 ? 16 : 0;
    const upper: u32 = kind == 1 ? (tag >>> 5) << 8 : 0;
    store<u32>(COPIES + (tag << 2), size | (shift << 8) | (upper << 16));
  }
}

/**
 * The raw format: the length written, or -1. What costs here is not copying but mispredicted branches, so every literal
 * and every copy moves 32 bytes whether it has them or not, and distances below a vector take the same way as all others.
 */
function raw(source: usize, end: usize, target: usize, capacity: u32): i32 {
  let p = source;
  let length: u32 = 0;
  let shift: u32 = 0;
  let byte: u32;
  do {
    if (p >= end || shift > 28) return -1;
    byte = load<u8>(p++);
    length |= (byte & 127) << shift;
    shift += 7;
  } while (byte >= 128);
  if (length > capacity) return -1;
  let o = target;
  const stop = target + length;
  while (p < end) {
    const tag: u32 = load<u8>(p++);
    const kind = tag & 3;
    if (kind == 0) {
      let size: u32 = (tag >>> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        size = (load<u32>(p) & (0xffff_ffff >>> ((4 - extra) << 3))) + 1;
        p += extra;
        if (p > end) return -1;
      }
      if (size > <u32>(end - p) || size > <u32>(stop - o)) return -1;
      v128.store(o, v128.load(p));
      v128.store(o, v128.load(p, 16), 16);
      if (size > 32) copyOn(o + 32, p + 32, o + size);
      p += size;
      o += size;
      continue;
    }
    const copy: u32 = load<u32>(COPIES + (tag << 2));
    const size: u32 = copy & 255;
    const back: u32 = (copy >>> 16) + (load<u32>(p) & (0xffff_ffff >>> ((copy >>> 8) & 255)));
    p += kind + u32(kind == 3);
    if (back - 1 >= <u32>(o - target) || size > <u32>(stop - o)) return -1;
    v128.store(o, i8x16.relaxed_swizzle(v128.load(o - back), v128.load(PATTERNS + (min(back, 16) << 4))));
    const stride: u32 = back < 16 ? load<u8>(STRIDES + back) : back;
    v128.store(o, v128.load(o + 16 - stride), 16);
    if (size > 32) copyOn(o + 32, o + 32 - stride, o + size);
    o += size;
  }
  return p == end && o == stop ? <i32>length : -1;
}

/** The rest of a literal or a copy, in whole vectors, in order: the source of a copy may still be in the making. */
// @ts-ignore: decorator
@inline function copyOn(target: usize, source: usize, stop: usize): void {
  for (; target < stop; target += 32, source += 32) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
  }
}
