import * as ssz from "@chainsafe/ssz";
import type { Random } from "../../../../../src/lab/era-files/random.ts";

/** Any valid value of the type: lists of 0 to a few items (now and then as many as allowed), numbers of all sizes. */
export function randomValue(type: ssz.Type<unknown>, random: Random): unknown {
  if (type instanceof ssz.UintBigintType) return randomUint(type.byteLength, random);
  if (type instanceof ssz.ByteVectorType) return Uint8Array.from(random.bytes(type.lengthBytes));
  if (type instanceof ssz.ByteListType) return Uint8Array.from(random.bytes(count(type.limitBytes, 700, random)));
  if (type instanceof ssz.BitVectorType) return bits(type.lengthBits, random);
  if (type instanceof ssz.BitListType) return bits(count(type.limitBits, 3000, random), random);
  if (type instanceof ssz.ContainerType) {
    const fields = Object.entries(type.fields as Record<string, ssz.Type<unknown>>);
    return Object.fromEntries(fields.map(([name, field]) => [name, randomValue(field, random)]));
  }
  if (type instanceof ssz.VectorCompositeType) {
    return Array.from({ length: type.length }, () => randomValue(type.elementType, random));
  }
  if (type instanceof ssz.ListBasicType || type instanceof ssz.ListCompositeType) {
    const length = random.chance(0.1) && type.limit <= 16 ? type.limit : count(type.limit, 4, random);
    return Array.from({ length }, () => randomValue(type.elementType as ssz.Type<unknown>, random));
  }
  throw new Error(`no random values for ${type.typeName}`);
}

function count(limit: number, most: number, random: Random): number {
  return random.below(Math.min(limit, most) + 1);
}

function randomUint(bytes: number, random: Random): bigint {
  const all = random.bytes(bytes);
  const draw = random.below(8);
  if (draw === 0) return (1n << BigInt(8 * bytes)) - 1n;
  if (draw === 1) return 9_007_199_254_740_993n;
  let value = 0n;
  for (const byte of all.subarray(0, 1 + random.below(bytes))) value = (value << 8n) | BigInt(byte);
  return value;
}

function bits(length: number, random: Random): ssz.BitArray {
  const set = ssz.BitArray.fromBitLen(length);
  for (let i = 0; i < length; i++) if (random.chance(0.7)) set.set(i, true);
  return set;
}
