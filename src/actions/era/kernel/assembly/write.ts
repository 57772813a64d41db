// The ways in which a column receives the values of `n` rows. Each returns the number of bytes it added.

import { cursor, limit, setCursor, turn } from "./columns";
import { hex } from "./hex";

/** "0x" */
const PREFIX: u32 = 0x7830;
const VALUE: usize = memory.data(1024, 16);

export function fill64(column: u32, value: u64, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let left = n; left > 0; ) {
    if (o + 8 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    const stop = o + (min(left, <u32>(end - o) >>> 3) << 3);
    left -= <u32>(stop - o) >>> 3;
    for (; o < stop; o += 8) store<u64>(o, value);
  }
  setCursor(column, o);
  return n << 3;
}

export function fill32(column: u32, value: u32, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let left = n; left > 0; ) {
    if (o + 4 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    const stop = o + (min(left, <u32>(end - o) >>> 2) << 2);
    left -= <u32>(stop - o) >>> 2;
    for (; o < stop; o += 4) store<u32>(o, value);
  }
  setCursor(column, o);
  return n << 2;
}

/** 0, 1, 2 ... */
export function count64(column: u32, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let i: u32 = 0; i < n; i++, o += 8) {
    if (o + 8 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    store<u64>(o, i);
  }
  setCursor(column, o);
  return n << 3;
}

/** The uint64 at `at` behind each of the addresses in `rows`. */
export function each64(column: u32, rows: usize, at: u32, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let i: u32 = 0; i < n; i++, o += 8) {
    if (o + 8 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    store<u64>(o, load<u64>(load<u32>(rows + (i << 2)) + at));
  }
  setCursor(column, o);
  return n << 3;
}

/** The numbers in the array `values` themselves. */
export function each32(column: u32, values: usize, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let i: u32 = 0; i < n; i++, o += 4) {
    if (o + 4 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    store<u32>(o, load<u32>(values + (i << 2)));
  }
  setCursor(column, o);
  return n << 2;
}

/** `size` bytes at `at` behind each of the addresses in `rows`, as 0x and hex. */
export function eachHex(column: u32, rows: usize, at: u32, size: u32, n: u32): u32 {
  const head = hexHead(size);
  const skip: u32 = size <= 62 ? 3 : 4;
  const need = skip + (size << 1);
  let o = cursor(column);
  let end = limit(column);
  for (let i: u32 = 0; i < n; i++, o += need) {
    if (o + need > end) {
      o = turn(column, o);
      end = limit(column);
    }
    store<u32>(o, head);
    hex(load<u32>(rows + (i << 2)) + at, size, o + skip);
  }
  setCursor(column, o);
  return need * n;
}

/** The same bytes, as 0x and hex, `n` times. */
export function sameHex(column: u32, source: usize, size: u32, n: u32): u32 {
  const skip: u32 = size <= 62 ? 3 : 4;
  store<u32>(VALUE, hexHead(size));
  hex(source, size, VALUE + skip);
  return repeat(column, VALUE, skip + (size << 1), n);
}

/** The same short text `n` times. */
export function sameText(column: u32, source: usize, length: u32, n: u32): u32 {
  store<u8>(VALUE, length);
  memory.copy(VALUE + 1, source, length);
  return repeat(column, VALUE, length + 1, n);
}

/** Per row, any number of bytes as 0x and hex. */
export function eachLongHex(column: u32, pointers: usize, lengths: usize, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    let source: usize = load<u32>(pointers + (i << 2));
    let left = load<u32>(lengths + (i << 2));
    if (o + 7 > end) {
      o = turn(column, o);
      end = limit(column);
    }
    const head = varint(o, (left << 1) + 2);
    store<u16>(head, PREFIX);
    bytes += <u32>(head - o) + 2 + (left << 1);
    o = head + 2;
    while (left > <u32>(end - o) >>> 1) {
      const fits = <u32>(end - o) >>> 1;
      hex(source, fits, o);
      source += fits;
      left -= fits;
      o = turn(column, o + (fits << 1));
      end = limit(column);
    }
    hex(source, left, o);
    o += left << 1;
  }
  setCursor(column, o);
  return bytes;
}

/** One text of any length. */
export function text(column: u32, source: usize, length: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  if (o + 5 > end) {
    o = turn(column, o);
    end = limit(column);
  }
  const head = varint(o, length);
  const bytes = <u32>(head - o) + length;
  o = head;
  let left = length;
  while (left > <u32>(end - o)) {
    const fits = <u32>(end - o);
    memory.copy(o, source, fits);
    source += fits;
    left -= fits;
    o = turn(column, o + fits);
    end = limit(column);
  }
  memory.copy(o, source, left);
  setCursor(column, o + left);
  return bytes;
}

/** Copies a value of at most 1 KiB `n` times, doubling what is there already. */
function repeat(column: u32, value: usize, width: u32, n: u32): u32 {
  let o = cursor(column);
  let end = limit(column);
  for (let left = n; left > 0; ) {
    if (o + width > end) {
      o = turn(column, o);
      end = limit(column);
    }
    const bytes = min(left, <u32>(end - o) / width) * width;
    memory.copy(o, value, width);
    for (let have = width; have < bytes; have <<= 1) memory.copy(o + have, o, min(have, bytes - have));
    o += bytes;
    left -= bytes / width;
  }
  setCursor(column, o);
  return width * n;
}

/** Length of the text and its "0x", as they stand in front of the digits of `size` bytes (at most 8190). */
// @ts-ignore: decorator
@inline function hexHead(size: u32): u32 {
  const length = (size << 1) + 2;
  return length < 128 ? length | (PREFIX << 8) : (length & 127) | 128 | ((length >>> 7) << 8) | (PREFIX << 16);
}

// @ts-ignore: decorator
@inline function varint(o: usize, value: u32): usize {
  while (value > 127) {
    store<u8>(o++, (value & 127) | 128);
    value >>>= 7;
  }
  store<u8>(o++, value);
  return o;
}
