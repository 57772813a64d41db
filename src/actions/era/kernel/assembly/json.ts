// The two columns that hold JSON, as Python's json.dumps writes lists of strings.

import { decimal64 } from "./decimal";
import { hex } from "./hex";
import { SCRATCH } from "./memory";
import { BASE_0 } from "./rows";
import { text } from "./write";

/** The 33 hashes of a deposit's proof as a JSON array of strings, ", " between them. */
export function proofs(column: u32, rows: u32): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = load<u32>(BASE_0 + (i << 2));
    let o = SCRATCH;
    store<u8>(o++, 0x5b);
    for (let hash: u32 = 0; hash < 33; hash++) {
      if (hash > 0) {
        store<u16>(o, 0x202c);
        o += 2;
      }
      store<u32>(o, 0x783022);
      hex(at + (hash << 5), 32, o + 3);
      store<u8>(o + 67, 0x22);
      o += 68;
    }
    store<u8>(o++, 0x5d);
    bytes += text(column, SCRATCH, <u32>(o - SCRATCH));
  }
  return bytes;
}

/** Validator indices as a JSON array of decimal strings, ", " between them. */
export function indices(column: u32, pointers: usize, lengths: usize, rows: u32): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const start: usize = load<u32>(pointers + (i << 2));
    const end = start + load<u32>(lengths + (i << 2));
    let o = SCRATCH;
    store<u8>(o++, 0x5b);
    for (let p = start; p < end; p += 8) {
      if (p > start) {
        store<u16>(o, 0x202c);
        o += 2;
      }
      store<u8>(o++, 0x22);
      o += decimal64(load<u64>(p), o);
      store<u8>(o++, 0x22);
    }
    store<u8>(o++, 0x5d);
    bytes += text(column, SCRATCH, <u32>(o - SCRATCH));
  }
  return bytes;
}
