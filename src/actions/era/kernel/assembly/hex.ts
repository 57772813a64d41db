/** `length` bytes as lower-case hex digits, sixteen bytes at a time; the last vector overlaps the one before it. */
// @ts-ignore: decorator
@inline export function hex(source: usize, length: u32, target: usize): void {
  if (length < 16) {
    for (let i: u32 = 0; i < length; i++) {
      const byte: u32 = load<u8>(source + i);
      store<u8>(target + (i << 1), digit(byte >>> 4));
      store<u8>(target + (i << 1), digit(byte & 15), 1);
    }
    return;
  }
  const last = source + length - 16;
  for (; source < last; source += 16, target += 32) sixteen(source, target);
  sixteen(last, target - ((source - last) << 1));
}

// @ts-ignore: decorator
@inline function sixteen(source: usize, target: usize): void {
  const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  const nibble = i8x16.splat(15);
  const bytes = v128.load(source);
  // The indices are below 16, where the relaxed and the strict swizzle agree on every machine.
  const low = i8x16.relaxed_swizzle(digits, v128.and(bytes, nibble));
  const high = i8x16.relaxed_swizzle(digits, v128.and(i16x8.shr_u(bytes, 4), nibble));
  v128.store(target, v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  v128.store(target, v128.shuffle<u8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
}

// @ts-ignore: decorator
@inline function digit(nibble: u32): u32 {
  return nibble < 10 ? 48 + nibble : 87 + nibble;
}
