// CRC-32C (Castagnoli) by eight tables. One stream waits for its own last look-up, so three run side by side over three
// neighbouring spans and are joined by tables that append SPAN zero bytes.

const SPAN: u32 = 1024;
const TABLES: usize = memory.data(8 * 1024, 64);
const APPEND_ONE: usize = memory.data(4 * 1024, 64);
const APPEND_TWO: usize = memory.data(4 * 1024, 64);

export function prepareCrc(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    store<u32>(TABLES + (i << 2), c);
  }
  for (let i: u32 = 0; i < 256; i++) {
    for (let table: u32 = 1; table < 8; table++) {
      const previous = load<u32>(TABLES + (((table - 1) << 10) | (i << 2)));
      store<u32>(TABLES + ((table << 10) | (i << 2)), (previous >>> 8) ^ load<u32>(TABLES + ((previous & 255) << 2)));
    }
  }
  prepareAppend(APPEND_ONE, SPAN);
  prepareAppend(APPEND_TWO, 2 * SPAN);
}

/** CRCs are linear: the tables follow from what the zeros do to each single bit. */
function prepareAppend(tables: usize, zeros: u32): void {
  for (let bit: u32 = 0; bit < 32; bit++) {
    let c: u32 = 1 << bit;
    for (let n: u32 = 0; n < zeros; n++) c = (c >>> 8) ^ load<u32>(TABLES + ((c & 255) << 2));
    const half: u32 = 1 << (bit & 7);
    const table = tables + ((bit >>> 3) << 10);
    for (let i: u32 = 0; i < half; i++) store<u32>(table + ((half + i) << 2), load<u32>(table + (i << 2)) ^ c);
  }
}

// @ts-ignore: decorator
@inline function append(tables: usize, c: u32): u32 {
  return (
    load<u32>(tables + ((c & 255) << 2)) ^
    load<u32>(tables + (((c >>> 8) & 255) << 2), 1024) ^
    load<u32>(tables + (((c >>> 16) & 255) << 2), 2048) ^
    load<u32>(tables + ((c >>> 24) << 2), 3072)
  );
}

// @ts-ignore: decorator
@inline function eight(c: u32, p: usize): u32 {
  const word = load<u64>(p) ^ <u64>c;
  const low = <u32>word;
  const high = <u32>(word >>> 32);
  return (
    load<u32>(TABLES + ((low & 255) << 2), 7168) ^
    load<u32>(TABLES + (((low >>> 8) & 255) << 2), 6144) ^
    load<u32>(TABLES + (((low >>> 16) & 255) << 2), 5120) ^
    load<u32>(TABLES + ((low >>> 24) << 2), 4096) ^
    load<u32>(TABLES + ((high & 255) << 2), 3072) ^
    load<u32>(TABLES + (((high >>> 8) & 255) << 2), 2048) ^
    load<u32>(TABLES + (((high >>> 16) & 255) << 2), 1024) ^
    load<u32>(TABLES + ((high >>> 24) << 2))
  );
}

export function crc32c(p: usize, length: u32): u32 {
  let c: u32 = 0xffff_ffff;
  const end = p + length;
  while (<u32>(end - p) >= 3 * SPAN) {
    let second: u32 = 0;
    let third: u32 = 0;
    const stop = p + SPAN;
    for (; p < stop; p += 8) {
      c = eight(c, p);
      second = eight(second, p + SPAN);
      third = eight(third, p + 2 * SPAN);
    }
    c = append(APPEND_TWO, c) ^ append(APPEND_ONE, second) ^ third;
    p += 2 * SPAN;
  }
  for (; <u32>(end - p) >= 8; p += 8) c = eight(c, p);
  for (; p < end; p++) c = (c >>> 8) ^ load<u32>(TABLES + (((c ^ load<u8>(p)) & 255) << 2));
  return ~c;
}
