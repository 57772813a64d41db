import type { Random } from "./random.ts";
import type { Shape } from "./shape.ts";

/**
 * A transaction as it stands in a block: legacy or typed (EIP-2930, 1559, 4844), valid RLP, plausible call data, and a
 * signature made of random bytes. About as compressible as real ones: zero-padded words and a few popular contracts.
 */
export function transaction(random: Random, shape: Shape): Uint8Array {
  const type = pickType(random);
  const words = Math.max(0, Math.round(skewed(random) * ((shape.transactionBytes - ENVELOPE_BYTES) / 32)));
  const data = words === 0 ? new Uint8Array() : callData(random, words);
  const nonce = quantity(random.below(5000));
  const gas = quantity(21_000 + words * 9000);
  const fee = quantity(1_000_000_000 + random.below(2_000_000_000));
  const tip = quantity(random.below(100) * 10_000_000);
  const value = random.chance(0.5) ? new Uint8Array() : quantity(random.uint32() * 1_000_000);
  const target = POPULAR[random.chance(0.6) ? random.below(POPULAR.length) : -1] ?? random.bytes(20);
  const signature = [integer(random.bytes(32)), integer(random.bytes(32))];
  const chain = quantity(1);
  const parity = random.chance(0.5) ? quantity(1) : quantity(0);
  switch (type) {
    case 0:
      return rlp([nonce, fee, gas, target, value, data, quantity(37 + random.below(2)), ...signature]);
    case 1:
      return typed(1, [chain, nonce, fee, gas, target, value, data, [], parity, ...signature]);
    case 2:
      return typed(2, [chain, nonce, tip, fee, gas, target, value, data, [], parity, ...signature]);
    default: {
      const blobs = [random.bytes(32)];
      return typed(3, [chain, nonce, tip, fee, gas, target, value, data, [], fee, blobs, parity, ...signature]);
    }
  }
}

/** Mean size of a transaction without call data. */
const ENVELOPE_BYTES = 116;

const POPULAR = Array.from({ length: 48 }, (_, index) =>
  Uint8Array.from({ length: 20 }, (_, byte) => ((index + 1) * 31 + byte * 17 + index * byte) & 255),
);

type Rlp = Uint8Array | readonly Rlp[];

function pickType(random: Random): number {
  const draw = random.below(100);
  return draw < 20 ? 0 : draw < 25 ? 1 : draw < 97 ? 2 : 3;
}

/** Mean 1; most values are small and a few are large. */
function skewed(random: Random): number {
  const draw = random.below(100);
  if (draw < 30) return 0;
  if (draw < 80) return 0.4;
  if (draw < 97) return 2.1;
  return 14.7;
}

function callData(random: Random, words: number): Uint8Array {
  const data = new Uint8Array(4 + 32 * words);
  data.set(POPULAR[random.below(8)]!.subarray(0, 4));
  for (let at = 4; at < data.length; at += 32) {
    const draw = random.below(10);
    if (draw < 1) data.set(random.bytes(32), at);
    else if (draw < 6)
      data.set(random.chance(0.5) ? POPULAR[random.below(POPULAR.length)]! : random.bytes(20), at + 12);
    else data.set(random.bytes(1 + random.below(6)), at + 26);
  }
  return data;
}

function typed(type: number, fields: readonly Rlp[]): Uint8Array {
  const content = rlp(fields);
  const bytes = new Uint8Array(content.length + 1);
  bytes[0] = type;
  bytes.set(content, 1);
  return bytes;
}

/** An integer as RLP wants it: big-endian without leading zeros. */
function quantity(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function integer(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

function rlp(item: Rlp): Uint8Array {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return item;
    return joined([rlpHead(0x80, item.length), item]);
  }
  const items = item.map(rlp);
  const length = items.reduce((sum, bytes) => sum + bytes.length, 0);
  return joined([rlpHead(0xc0, length), ...items]);
}

function rlpHead(base: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length);
  const size = quantity(length);
  return joined([Uint8Array.of(base + 55 + size.length), size]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
