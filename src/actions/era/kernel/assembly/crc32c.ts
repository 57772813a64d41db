// CRC-32C (Castagnoli, reflected).
//
// A byte may be taken out of a message if what it would have left in the register is put back later: the register after
// the byte and 63 zeros, four bytes, goes into the message 64 to 67 bytes behind it. That holds for every byte alike, so
// sixteen are moved at a time, their four bytes looked up by half-bytes in registers, until only a tail is left for the
// tables. No look-up waits for memory, and four vectors are under way at once.

/** Entry [n][byte]: the register after the byte and n zeros. */
const TABLES: usize = memory.data(8 * 1024, 64);
/** Per byte of the moved register, what the low and what the high half of a byte give. */
const MOVES: usize = memory.data(8 * 16, 16);
const TAIL: usize = memory.data(256, 16);

/** Bytes that must remain when folding stops, for what still has to be put back. */
const LEAST_TAIL: u32 = 80;

export function prepareCrc(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    store<u32>(TABLES + (i << 2), c);
  }
  for (let i: u32 = 256; i < 8 * 256; i++) store<u32>(TABLES + (i << 2), zero(load<u32>(TABLES + ((i - 256) << 2))));
  for (let half: u32 = 0; half < 2; half++) {
    for (let i: u32 = 0; i < 16; i++) {
      let c = load<u32>(TABLES + ((i << (half << 2)) << 2));
      for (let zeros = 0; zeros < 63; zeros++) c = zero(c);
      for (let byte: u32 = 0; byte < 4; byte++) store<u8>(MOVES + (byte << 5) + (half << 4) + i, c >>> (byte << 3));
    }
  }
}

/** The register after one more byte that is zero. */
function zero(c: u32): u32 {
  return (c >>> 8) ^ load<u32>(TABLES + ((c & 255) << 2));
}

export function crc32c(p: usize, length: u32): u32 {
  if (length < 64 + LEAST_TAIL) return ~serial(0xffff_ffff, p, p + length);
  const last = p + length - LEAST_TAIL - 64;
  const nibble = i8x16.splat(15);
  const low0 = v128.load(MOVES);
  const high0 = v128.load(MOVES, 16);
  const low1 = v128.load(MOVES, 32);
  const high1 = v128.load(MOVES, 48);
  const low2 = v128.load(MOVES, 64);
  const high2 = v128.load(MOVES, 80);
  const low3 = v128.load(MOVES, 96);
  const high3 = v128.load(MOVES, 112);
  // What goes into each of the next four vectors; the first also takes the register's initial value.
  let into0 = i32x4(-1, 0, 0, 0);
  let into1 = i32x4.splat(0);
  let into2 = i32x4.splat(0);
  let into3 = i32x4.splat(0);
  // The moved bytes of the vector before, some of which spill into the next.
  let before1 = i32x4.splat(0);
  let before2 = i32x4.splat(0);
  let before3 = i32x4.splat(0);
  // Four times the same, because the vectors take turns.
  for (; p <= last; p += 64) {
    const bytesA = v128.xor(v128.load(p, 0), into0);
    const lowA = v128.and(bytesA, nibble);
    const highA = v128.and(i16x8.shr_u(bytesA, 4), nibble);
    const secondA = moved(low1, high1, lowA, highA);
    const thirdA = moved(low2, high2, lowA, highA);
    const fourthA = moved(low3, high3, lowA, highA);
    into0 = v128.xor(
      v128.xor(moved(low0, high0, lowA, highA), by1(before1, secondA)),
      v128.xor(by2(before2, thirdA), by3(before3, fourthA)),
    );
    const bytesB = v128.xor(v128.load(p, 16), into1);
    const lowB = v128.and(bytesB, nibble);
    const highB = v128.and(i16x8.shr_u(bytesB, 4), nibble);
    const secondB = moved(low1, high1, lowB, highB);
    const thirdB = moved(low2, high2, lowB, highB);
    const fourthB = moved(low3, high3, lowB, highB);
    into1 = v128.xor(
      v128.xor(moved(low0, high0, lowB, highB), by1(secondA, secondB)),
      v128.xor(by2(thirdA, thirdB), by3(fourthA, fourthB)),
    );
    const bytesC = v128.xor(v128.load(p, 32), into2);
    const lowC = v128.and(bytesC, nibble);
    const highC = v128.and(i16x8.shr_u(bytesC, 4), nibble);
    const secondC = moved(low1, high1, lowC, highC);
    const thirdC = moved(low2, high2, lowC, highC);
    const fourthC = moved(low3, high3, lowC, highC);
    into2 = v128.xor(
      v128.xor(moved(low0, high0, lowC, highC), by1(secondB, secondC)),
      v128.xor(by2(thirdB, thirdC), by3(fourthB, fourthC)),
    );
    const bytesD = v128.xor(v128.load(p, 48), into3);
    const lowD = v128.and(bytesD, nibble);
    const highD = v128.and(i16x8.shr_u(bytesD, 4), nibble);
    const secondD = moved(low1, high1, lowD, highD);
    const thirdD = moved(low2, high2, lowD, highD);
    const fourthD = moved(low3, high3, lowD, highD);
    into3 = v128.xor(
      v128.xor(moved(low0, high0, lowD, highD), by1(secondC, secondD)),
      v128.xor(by2(thirdC, thirdD), by3(fourthC, fourthD)),
    );
    before1 = secondD;
    before2 = thirdD;
    before3 = fourthD;
  }
  const left = <u32>(last + 64 + LEAST_TAIL - p);
  memory.copy(TAIL, p, left);
  put(0, into0);
  put(16, into1);
  put(32, into2);
  put(48, into3);
  const none = i32x4.splat(0);
  put(64, by1(before1, none));
  put(64, by2(before2, none));
  put(64, by3(before3, none));
  return ~serial(0, TAIL, TAIL + left);
}

/** One of the four bytes that the moved bytes leave, for all sixteen. */
// @ts-ignore: decorator
@inline function moved(lows: v128, highs: v128, low: v128, high: v128): v128 {
  return v128.xor(i8x16.relaxed_swizzle(lows, low), i8x16.relaxed_swizzle(highs, high));
}

/** Later by one byte, two or three, with the end of the vector before in front. */
// @ts-ignore: decorator
@inline function by1(before: v128, bytes: v128): v128 {
  return v128.shuffle<u8>(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

// @ts-ignore: decorator
@inline function by2(before: v128, bytes: v128): v128 {
  return v128.shuffle<u8>(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

// @ts-ignore: decorator
@inline function by3(before: v128, bytes: v128): v128 {
  return v128.shuffle<u8>(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
}

function put(at: usize, bytes: v128): void {
  v128.store(TAIL + at, v128.xor(v128.load(TAIL + at), bytes));
}

/** The register after the bytes, eight at a time. */
function serial(c: u32, p: usize, end: usize): u32 {
  for (; <u32>(end - p) >= 8; p += 8) {
    const word = load<u64>(p) ^ <u64>c;
    const low = <u32>word;
    const high = <u32>(word >>> 32);
    c =
      load<u32>(TABLES + ((low & 255) << 2), 7168) ^
      load<u32>(TABLES + (((low >>> 8) & 255) << 2), 6144) ^
      load<u32>(TABLES + (((low >>> 16) & 255) << 2), 5120) ^
      load<u32>(TABLES + ((low >>> 24) << 2), 4096) ^
      load<u32>(TABLES + ((high & 255) << 2), 3072) ^
      load<u32>(TABLES + (((high >>> 8) & 255) << 2), 2048) ^
      load<u32>(TABLES + (((high >>> 16) & 255) << 2), 1024) ^
      load<u32>(TABLES + ((high >>> 24) << 2));
  }
  for (; p < end; p++) c = (c >>> 8) ^ load<u32>(TABLES + (((c ^ load<u8>(p)) & 255) << 2));
  return c;
}
