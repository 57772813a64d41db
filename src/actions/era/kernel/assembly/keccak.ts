// Keccak-256 with the original padding (0x01), as Ethereum uses it, of many messages: two at a time, one in each half of a
// vector. A half that is done takes the next message, so unequal lengths cost nothing. Source: keccak.team, FIPS 202.

const RATE: u32 = 136;
/** 25 vectors: lane i of the first message in the low half of vector i, of the second in the high half. */
const STATE: usize = memory.data(25 * 16, 64);
const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
  0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
  0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]);

/** Per half: where its message goes on, how many bytes of it are left, its number. */
const POINTER: usize = memory.data(8);
const LEFT: usize = memory.data(8);
const NUMBER: usize = memory.data(8);
const IDLE: u32 = u32.MAX_VALUE;

let next: u32 = 0;

/** `pointers` and `lengths` are arrays of u32; the hashes go to `target`, 32 bytes each, in the same order. */
export function keccakMany(pointers: usize, lengths: usize, count: u32, target: usize): void {
  next = 0;
  memory.fill(STATE, 0, 25 * 16);
  begin(0, pointers, lengths, count);
  begin(1, pointers, lengths, count);
  while (load<u32>(NUMBER) != IDLE || load<u32>(NUMBER, 4) != IDLE) {
    const firstEnds = absorb(0);
    const secondEnds = absorb(1);
    permute();
    if (firstEnds) {
      squeeze(0, target);
      begin(0, pointers, lengths, count);
    }
    if (secondEnds) {
      squeeze(1, target);
      begin(1, pointers, lengths, count);
    }
  }
}

function begin(half: u32, pointers: usize, lengths: usize, count: u32): void {
  const number = next < count ? next++ : IDLE;
  store<u32>(NUMBER + (half << 2), number);
  if (number == IDLE) return;
  store<u32>(POINTER + (half << 2), load<u32>(pointers + (number << 2)));
  store<u32>(LEFT + (half << 2), load<u32>(lengths + (number << 2)));
}

/** Mixes in the next 136 bytes, or the rest with its padding: true when the message ended with it. */
function absorb(half: u32): bool {
  if (load<u32>(NUMBER + (half << 2)) == IDLE) return false;
  let p: usize = load<u32>(POINTER + (half << 2));
  const left = load<u32>(LEFT + (half << 2));
  const words = min(left, RATE) >>> 3;
  let s = STATE + (half << 3);
  for (let i: u32 = 0; i < words; i++, p += 8, s += 16) store<u64>(s, load<u64>(s) ^ load<u64>(p));
  if (left >= RATE) {
    store<u32>(POINTER + (half << 2), p);
    store<u32>(LEFT + (half << 2), left - RATE);
    return false;
  }
  const bits = <u64>(left & 7) << 3;
  store<u64>(s, load<u64>(s) ^ (load<u64>(p) & ((<u64>1 << bits) - 1)) ^ (<u64>1 << bits));
  const end = STATE + (half << 3) + 16 * 16;
  store<u64>(end, load<u64>(end) ^ 0x8000_0000_0000_0000);
  return true;
}

function squeeze(half: u32, target: usize): void {
  const s = STATE + (half << 3);
  const o = target + (load<u32>(NUMBER + (half << 2)) << 5);
  for (let i: u32 = 0; i < 4; i++) store<u64>(o + (i << 3), load<u64>(s + (i << 4)));
  for (let i: u32 = 0; i < 25; i++) store<u64>(s + (i << 4), 0);
}

// @ts-ignore: decorator
@inline function rotate(x: v128, by: i32): v128 {
  return v128.or(i64x2.shl(x, by), i64x2.shr_u(x, 64 - by));
}

function permute(): void {
  let a0 = v128.load(STATE, 0);
  let a1 = v128.load(STATE, 16);
  let a2 = v128.load(STATE, 32);
  let a3 = v128.load(STATE, 48);
  let a4 = v128.load(STATE, 64);
  let a5 = v128.load(STATE, 80);
  let a6 = v128.load(STATE, 96);
  let a7 = v128.load(STATE, 112);
  let a8 = v128.load(STATE, 128);
  let a9 = v128.load(STATE, 144);
  let a10 = v128.load(STATE, 160);
  let a11 = v128.load(STATE, 176);
  let a12 = v128.load(STATE, 192);
  let a13 = v128.load(STATE, 208);
  let a14 = v128.load(STATE, 224);
  let a15 = v128.load(STATE, 240);
  let a16 = v128.load(STATE, 256);
  let a17 = v128.load(STATE, 272);
  let a18 = v128.load(STATE, 288);
  let a19 = v128.load(STATE, 304);
  let a20 = v128.load(STATE, 320);
  let a21 = v128.load(STATE, 336);
  let a22 = v128.load(STATE, 352);
  let a23 = v128.load(STATE, 368);
  let a24 = v128.load(STATE, 384);
  for (let round: usize = 0; round < 24 * 8; round += 8) {
    const c0 = v128.xor(v128.xor(v128.xor(a0, a5), v128.xor(a10, a15)), a20);
    const c1 = v128.xor(v128.xor(v128.xor(a1, a6), v128.xor(a11, a16)), a21);
    const c2 = v128.xor(v128.xor(v128.xor(a2, a7), v128.xor(a12, a17)), a22);
    const c3 = v128.xor(v128.xor(v128.xor(a3, a8), v128.xor(a13, a18)), a23);
    const c4 = v128.xor(v128.xor(v128.xor(a4, a9), v128.xor(a14, a19)), a24);
    const d0 = v128.xor(c4, rotate(c1, 1));
    const d1 = v128.xor(c0, rotate(c2, 1));
    const d2 = v128.xor(c1, rotate(c3, 1));
    const d3 = v128.xor(c2, rotate(c4, 1));
    const d4 = v128.xor(c3, rotate(c0, 1));
    const b0 = v128.xor(a0, d0);
    const b10 = rotate(v128.xor(a1, d1), 1);
    const b20 = rotate(v128.xor(a2, d2), 62);
    const b5 = rotate(v128.xor(a3, d3), 28);
    const b15 = rotate(v128.xor(a4, d4), 27);
    const b16 = rotate(v128.xor(a5, d0), 36);
    const b1 = rotate(v128.xor(a6, d1), 44);
    const b11 = rotate(v128.xor(a7, d2), 6);
    const b21 = rotate(v128.xor(a8, d3), 55);
    const b6 = rotate(v128.xor(a9, d4), 20);
    const b7 = rotate(v128.xor(a10, d0), 3);
    const b17 = rotate(v128.xor(a11, d1), 10);
    const b2 = rotate(v128.xor(a12, d2), 43);
    const b12 = rotate(v128.xor(a13, d3), 25);
    const b22 = rotate(v128.xor(a14, d4), 39);
    const b23 = rotate(v128.xor(a15, d0), 41);
    const b8 = rotate(v128.xor(a16, d1), 45);
    const b18 = rotate(v128.xor(a17, d2), 15);
    const b3 = rotate(v128.xor(a18, d3), 21);
    const b13 = rotate(v128.xor(a19, d4), 8);
    const b14 = rotate(v128.xor(a20, d0), 18);
    const b24 = rotate(v128.xor(a21, d1), 2);
    const b9 = rotate(v128.xor(a22, d2), 61);
    const b19 = rotate(v128.xor(a23, d3), 56);
    const b4 = rotate(v128.xor(a24, d4), 14);
    a0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load64_splat(ROUND_CONSTANTS + round));
    a1 = v128.xor(b1, v128.andnot(b3, b2));
    a2 = v128.xor(b2, v128.andnot(b4, b3));
    a3 = v128.xor(b3, v128.andnot(b0, b4));
    a4 = v128.xor(b4, v128.andnot(b1, b0));
    a5 = v128.xor(b5, v128.andnot(b7, b6));
    a6 = v128.xor(b6, v128.andnot(b8, b7));
    a7 = v128.xor(b7, v128.andnot(b9, b8));
    a8 = v128.xor(b8, v128.andnot(b5, b9));
    a9 = v128.xor(b9, v128.andnot(b6, b5));
    a10 = v128.xor(b10, v128.andnot(b12, b11));
    a11 = v128.xor(b11, v128.andnot(b13, b12));
    a12 = v128.xor(b12, v128.andnot(b14, b13));
    a13 = v128.xor(b13, v128.andnot(b10, b14));
    a14 = v128.xor(b14, v128.andnot(b11, b10));
    a15 = v128.xor(b15, v128.andnot(b17, b16));
    a16 = v128.xor(b16, v128.andnot(b18, b17));
    a17 = v128.xor(b17, v128.andnot(b19, b18));
    a18 = v128.xor(b18, v128.andnot(b15, b19));
    a19 = v128.xor(b19, v128.andnot(b16, b15));
    a20 = v128.xor(b20, v128.andnot(b22, b21));
    a21 = v128.xor(b21, v128.andnot(b23, b22));
    a22 = v128.xor(b22, v128.andnot(b24, b23));
    a23 = v128.xor(b23, v128.andnot(b20, b24));
    a24 = v128.xor(b24, v128.andnot(b21, b20));
  }
  v128.store(STATE, a0, 0);
  v128.store(STATE, a1, 16);
  v128.store(STATE, a2, 32);
  v128.store(STATE, a3, 48);
  v128.store(STATE, a4, 64);
  v128.store(STATE, a5, 80);
  v128.store(STATE, a6, 96);
  v128.store(STATE, a7, 112);
  v128.store(STATE, a8, 128);
  v128.store(STATE, a9, 144);
  v128.store(STATE, a10, 160);
  v128.store(STATE, a11, 176);
  v128.store(STATE, a12, 192);
  v128.store(STATE, a13, 208);
  v128.store(STATE, a14, 224);
  v128.store(STATE, a15, 240);
  v128.store(STATE, a16, 256);
  v128.store(STATE, a17, 272);
  v128.store(STATE, a18, 288);
  v128.store(STATE, a19, 304);
  v128.store(STATE, a20, 320);
  v128.store(STATE, a21, 336);
  v128.store(STATE, a22, 352);
  v128.store(STATE, a23, 368);
  v128.store(STATE, a24, 384);
}
