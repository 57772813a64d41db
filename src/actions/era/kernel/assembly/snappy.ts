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

/** The raw format: the length written, or -1. */
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
    let size: u32;
    let back: u32;
    if ((tag & 3) == 0) {
      size = (tag >>> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        size = (load<u32>(p) & (0xffff_ffff >>> ((4 - extra) << 3))) + 1;
        p += extra;
        if (p > end) return -1;
      }
      if (size > <u32>(end - p) || size > <u32>(stop - o)) return -1;
      if (size <= 64) {
        v128.store(o, v128.load(p));
        if (size > 16) {
          v128.store(o, v128.load(p, 16), 16);
          if (size > 32) {
            v128.store(o, v128.load(p, 32), 32);
            v128.store(o, v128.load(p, 48), 48);
          }
        }
      } else copy64(o, p, size);
      p += size;
      o += size;
      continue;
    }
    if ((tag & 3) == 1) {
      size = ((tag >>> 2) & 7) + 4;
      back = ((tag >>> 5) << 8) | load<u8>(p);
      p += 1;
    } else if ((tag & 3) == 2) {
      size = (tag >>> 2) + 1;
      back = load<u16>(p);
      p += 2;
    } else {
      size = (tag >>> 2) + 1;
      back = load<u32>(p);
      p += 4;
    }
    if (back == 0 || back > <u32>(o - target) || size > <u32>(stop - o)) return -1;
    let from = o - back;
    if (back >= 16) {
      v128.store(o, v128.load(from));
      if (size > 16) {
        v128.store(o, v128.load(from, 16), 16);
        if (size > 32) {
          v128.store(o, v128.load(from, 32), 32);
          v128.store(o, v128.load(from, 48), 48);
        }
      }
      o += size;
    } else {
      const last = o + size;
      if (back >= 8) for (; o < last; o += 8, from += 8) store<u64>(o, load<u64>(from));
      else for (; o < last; o++, from++) store<u8>(o, load<u8>(from));
      o = last;
    }
  }
  return p == end && o == stop ? <i32>length : -1;
}

/** In whole vectors, for lengths where a call to memory.copy costs more than it saves. */
// @ts-ignore: decorator
@inline function copy64(target: usize, source: usize, length: u32): void {
  if (length > 1024) {
    memory.copy(target, source, length);
    return;
  }
  const stop = target + length;
  for (; target < stop; target += 64, source += 64) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    v128.store(target, v128.load(source, 32), 32);
    v128.store(target, v128.load(source, 48), 48);
  }
}
