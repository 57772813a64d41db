/** The little-endian uint256 at `source` in decimal digits at `target` (at most 78); their number. */
export function decimal256(source: usize, target: usize): u32 {
  if ((load<u64>(source, 8) | load<u64>(source, 16) | load<u64>(source, 24)) == 0) return decimal64(load<u64>(source), target);
  memory.copy(LIMBS, source, 32);
  let digits: u32 = 0;
  let top: i32 = 7;
  while (top >= 0) {
    let rest: u64 = 0;
    for (let i = top; i >= 0; i--) {
      const part = (rest << 32) | load<u32>(LIMBS + (i << 2));
      store<u32>(LIMBS + (i << 2), <u32>(part / 1_000_000_000));
      rest = part % 1_000_000_000;
    }
    while (top >= 0 && load<u32>(LIMBS + (top << 2)) == 0) top--;
    for (let i = 0; i < 9 && (top >= 0 || rest != 0); i++) {
      store<u8>(REVERSED + digits++, 48 + <u8>(rest % 10));
      rest /= 10;
    }
  }
  for (let i: u32 = 0; i < digits; i++) store<u8>(target + i, load<u8>(REVERSED + digits - 1 - i));
  return digits;
}

export function decimal64(value: u64, target: usize): u32 {
  let digits: u32 = 0;
  do {
    store<u8>(REVERSED + digits++, 48 + <u8>(value % 10));
    value /= 10;
  } while (value != 0);
  for (let i: u32 = 0; i < digits; i++) store<u8>(target + i, load<u8>(REVERSED + digits - 1 - i));
  return digits;
}

const LIMBS: usize = memory.data(32, 8);
const REVERSED: usize = memory.data(96);
