/**
 * CRC-64/NVME (reflected polynomial 0x9a6c9329ac4bc9b5, initial value and final xor all ones) of `data`, continuing
 * from `previous`. The default whole-object checksum of Amazon S3. Two 32-bit halves, because BigInt is 20 times slower.
 */
export function crc64Nvme(data: Uint8Array, previous = 0n): bigint {
  let high = ~Number(previous >> 32n);
  let low = ~Number(previous & 0xffffffffn);
  for (let i = 0; i < data.length; i++) {
    const index = (low ^ data[i]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
    high = (high >>> 8) ^ HIGH[index]!;
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}

const HIGH = new Int32Array(256);
const LOW = new Int32Array(256);
for (let index = 0; index < 256; index++) {
  let crc = BigInt(index);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  HIGH[index] = Number(crc >> 32n) | 0;
  LOW[index] = Number(crc & 0xffffffffn) | 0;
}
