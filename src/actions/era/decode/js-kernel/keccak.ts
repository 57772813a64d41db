/** Keccak-256 with the original padding, as Ethereum uses it; lanes as pairs of 32-bit halves. Source: keccak.team. */
export function keccak256(message: Uint8Array): Uint8Array {
  const state = new Uint32Array(50);
  const bytes = new Uint8Array(state.buffer);
  let at = 0;
  for (; message.length - at >= RATE; at += RATE) {
    for (let i = 0; i < RATE; i++) bytes[i]! ^= message[at + i]!;
    permute(state);
  }
  const rest = message.length - at;
  for (let i = 0; i < rest; i++) bytes[i]! ^= message[at + i]!;
  bytes[rest]! ^= 0x01;
  bytes[RATE - 1]! ^= 0x80;
  permute(state);
  return bytes.slice(0, 32);
}

const RATE = 136;

/** Rotation and destination of each lane under rho and pi, in the order in which pi visits them. */
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/** Low and high halves by turns, from the shift register of the specification. */
const ROUND_CONSTANTS = roundConstants();

const column = new Uint32Array(10);
const row = new Uint32Array(10);

function permute(state: Uint32Array): void {
  for (let round = 0; round < 24; round++) {
    for (let x = 0; x < 10; x++) {
      column[x] = state[x]! ^ state[x + 10]! ^ state[x + 20]! ^ state[x + 30]! ^ state[x + 40]!;
    }
    for (let x = 0; x < 10; x += 2) {
      const left = (x + 8) % 10;
      const right = (x + 2) % 10;
      const low = column[left]! ^ ((column[right]! << 1) | (column[right + 1]! >>> 31));
      const high = column[left + 1]! ^ ((column[right + 1]! << 1) | (column[right]! >>> 31));
      for (let y = 0; y < 50; y += 10) {
        state[x + y]! ^= low;
        state[x + y + 1]! ^= high;
      }
    }
    let low = state[2]!;
    let high = state[3]!;
    for (let i = 0; i < 24; i++) {
      const to = 2 * LANES[i]!;
      const by = ROTATIONS[i]! % 32;
      const swap = ROTATIONS[i]! >= 32;
      const a = swap ? high : low;
      const b = swap ? low : high;
      low = state[to]!;
      high = state[to + 1]!;
      state[to] = by === 0 ? a : (a << by) | (b >>> (32 - by));
      state[to + 1] = by === 0 ? b : (b << by) | (a >>> (32 - by));
    }
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x++) row[x] = state[y + x]!;
      for (let x = 0; x < 10; x++) state[y + x] = row[x]! ^ (~row[(x + 2) % 10]! & row[(x + 4) % 10]!);
    }
    state[0]! ^= ROUND_CONSTANTS[2 * round]!;
    state[1]! ^= ROUND_CONSTANTS[2 * round + 1]!;
  }
}

function roundConstants(): Uint32Array {
  const constants = new Uint32Array(48);
  let register = 1;
  for (let round = 0; round < 24; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = 2 ** j - 1;
      if (register & 1) constants[2 * round + (bit >>> 5)]! ^= 1 << (bit & 31);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
  }
  return constants;
}
