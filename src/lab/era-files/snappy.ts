import { crc32c } from "../../lib/crc32c.ts";

const IDENTIFIER = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
const CHUNK_BYTES = 65_536;

/** `data` in snappy's framing format, with masked CRC-32C. Source: google/snappy framing_format.txt. */
export function compressFrames(data: Uint8Array): Uint8Array {
  const chunks = Math.ceil(data.length / CHUNK_BYTES);
  const output = new Uint8Array(IDENTIFIER.length + chunks * (8 + maxCompressedLength(CHUNK_BYTES)));
  const view = new DataView(output.buffer);
  output.set(IDENTIFIER);
  let at = IDENTIFIER.length;
  for (let start = 0; start < data.length; start += CHUNK_BYTES) {
    const content = data.subarray(start, start + CHUNK_BYTES);
    let length = compress(content, output, at + 8);
    // As the reference encoder does: a chunk that saves less than an eighth is stored as it is.
    const stored = length >= content.length - (content.length >>> 3);
    if (stored) {
      output.set(content, at + 8);
      length = content.length;
    }
    view.setUint32(at, ((length + 4) << 8) | (stored ? 1 : 0), true);
    view.setUint32(at + 4, mask(crc32c(content)), true);
    at += 8 + length;
  }
  return output.subarray(0, at);
}

function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function maxCompressedLength(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

const table = new Uint16Array(1 << 14);

/**
 * Raw snappy of at most 64 KiB into `output` at `start`: the number of bytes written. Greedy matching through a hash of
 * four bytes. Source: google/snappy format_description.txt.
 */
function compress(input: Uint8Array, output: Uint8Array, start: number): number {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const end = input.length;
  let o = putLength(output, start, end);
  let literal = 0;
  table.fill(0);
  let p = 1;
  let misses = 32;
  while (p + 4 <= end) {
    const word = view.getUint32(p, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> 18;
    const candidate = table[slot]!;
    table[slot] = p;
    if (candidate >= p || view.getUint32(candidate, true) !== word) {
      p += misses++ >>> 5;
      continue;
    }
    misses = 32;
    o = putLiteral(input, literal, p, output, o);
    let length = 4;
    while (p + length < end && input[candidate + length] === input[p + length]) length++;
    o = putCopy(output, o, p - candidate, length);
    p += length;
    literal = p;
  }
  return putLiteral(input, literal, end, output, o) - start;
}

function putLength(output: Uint8Array, at: number, length: number): number {
  let o = at;
  let rest = length;
  for (; rest > 127; rest >>>= 7) output[o++] = (rest & 127) | 128;
  output[o++] = rest;
  return o;
}

function putLiteral(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  let o = at;
  if (length <= 60) output[o++] = (length - 1) << 2;
  else if (length <= 256) {
    output[o++] = 60 << 2;
    output[o++] = length - 1;
  } else {
    output[o++] = 61 << 2;
    output[o++] = (length - 1) & 255;
    output[o++] = (length - 1) >>> 8;
  }
  output.set(input.subarray(from, to), o);
  return o + length;
}

function putCopy(output: Uint8Array, at: number, back: number, length: number): number {
  let o = at;
  let rest = length;
  while (rest > 0) {
    // No piece may be left shorter than a copy can be.
    const piece = rest <= 64 ? rest : rest < 68 ? 60 : 64;
    if (piece <= 11 && piece >= 4 && back < 2048) {
      output[o++] = 1 | ((piece - 4) << 2) | ((back >>> 8) << 5);
      output[o++] = back & 255;
    } else {
      output[o++] = 2 | ((piece - 1) << 2);
      output[o++] = back & 255;
      output[o++] = back >>> 8;
    }
    rest -= piece;
  }
  return o;
}
