/**
 * CRC-32 of two blocks laid end to end, from the CRC-32 of each and the length of the second in bytes.
 *
 * Appending n zero bytes to a message multiplies its remainder by x^(8n) modulo the polynomial, so the combination is
 * one modular power and one product; the method of zlib's `crc32_combine`.
 */
export function crc32Combine(first: number, second: number, secondBytes: number): number {
  return (multiply(powerOfX(secondBytes), first) ^ second) >>> 0;
}

/** x^(8 * bytes) modulo the reflected CRC-32 polynomial. */
function powerOfX(bytes: number): number {
  let power = 1 << 31;
  let square = 1 << 23;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let mask = 1 << 31; mask !== 0; mask >>>= 1) {
    if (a & mask) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ 0xedb88320 : shifted >>> 1;
  }
  return product;
}
