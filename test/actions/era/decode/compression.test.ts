import snappy from "snappy";
import { describe, expect, it } from "vitest";
import { jsKernel } from "../../../../src/actions/era/decode/js-kernel/kernel.ts";
import type { Kernel } from "../../../../src/actions/era/decode/kernel.ts";
import { PROBLEM } from "../../../../src/actions/era/decode/problems.ts";
import { wasmKernel } from "../../../../src/actions/era/decode/wasm-kernel.ts";
import { Random } from "../../../../src/lab/era-files/random.ts";
import { compressFrames } from "../../../../src/lab/era-files/snappy.ts";
import { crc32c } from "../../../../src/lib/crc32c.ts";

const IDENTIFIER = Buffer.from("ff060000734e61507059", "hex");
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.each([
  ["wasm", wasmKernel(2 ** 20)],
  ["js", jsKernel()],
] as const)("the %s kernel", (_name, kernel) => {
  it("reads what the reference encoder writes", () => {
    for (const content of samples(new Random(seed))) {
      const stream = Buffer.concat([
        IDENTIFIER,
        ...pieces(content).map((piece) => chunk(0, piece, snappy.compressSync(piece))),
      ]);
      expect(decompress(kernel, stream)).toEqual(content);
    }
  });

  it("reads stored chunks, and a stream identifier that comes again", () => {
    const content = Buffer.from("what is not compressed");
    const stream = Buffer.concat([IDENTIFIER, chunk(1, content, content), IDENTIFIER, chunk(1, content, content)]);
    expect(decompress(kernel, stream)).toEqual(Buffer.concat([content, content]));
  });

  it.each([
    ["no stream identifier", () => chunk(1, Buffer.from("x"), Buffer.from("x")), PROBLEM.noIdentifier],
    ["a damaged identifier", () => Buffer.from("ff060000734e61507058", "hex"), PROBLEM.badIdentifier],
    [
      "a chunk of a reserved type",
      () => Buffer.concat([IDENTIFIER, Buffer.from([2, 1, 0, 0, 0])]),
      PROBLEM.unknownChunk,
    ],
    [
      "a chunk that may be skipped",
      () => Buffer.concat([IDENTIFIER, Buffer.from("99010000", "hex"), Buffer.from([7])]),
      PROBLEM.unknownChunk,
    ],
    [
      "padding",
      () => Buffer.concat([IDENTIFIER, Buffer.from("fe010000", "hex"), Buffer.from([7])]),
      PROBLEM.unknownChunk,
    ],
    ["a chunk that is cut off", () => compressFrames(Buffer.alloc(5000, 7)).subarray(0, -1), PROBLEM.truncatedChunk],
    ["a wrong CRC", () => flipped(compressFrames(Buffer.from("some content")), 15), PROBLEM.badCrc],
    ["content of more than 64 KiB in a chunk", () => tooLarge(), PROBLEM.chunkTooLarge],
    [
      "a copy from before the beginning",
      () => withRaw(Buffer.from([5, 0, 65, 1 | (0 << 2), 9])),
      PROBLEM.badCompression,
    ],
    ["less content than announced", () => withRaw(Buffer.from([9, 0, 65])), PROBLEM.badCompression],
    ["more content than announced", () => withRaw(Buffer.from([1, 4, 65, 66])), PROBLEM.badCompression],
    ["a copy without its offset", () => withRaw(Buffer.from([5, 0, 65, 2 | (3 << 2), 1])), PROBLEM.badCompression],
    [
      "a literal longer than the chunk",
      () => withRaw(Buffer.from([99, 63 << 2, 255, 255, 255, 255])),
      PROBLEM.badCompression,
    ],
    ["a length that does not end", () => withRaw(Buffer.alloc(9, 0xff)), PROBLEM.chunkTooLarge],
  ])("refuses %s", (_what, stream, code) => {
    expect(refusal(kernel, stream())).toBe(code);
  });
});

it(`gives the same verdict and the same bytes on damaged streams, whichever kernel is asked (SEED=${seed})`, () => {
  const random = new Random(seed);
  const [first, second] = [wasmKernel(2 ** 20), jsKernel()];
  for (const content of samples(random)) {
    const stream = compressFrames(content);
    for (let i = 0; i < 60; i++) {
      const bad = Buffer.from(stream);
      for (let k = 0; k <= random.below(3); k++) bad[10 + random.below(bad.length - 10)] = random.below(256);
      const results = [first, second].map((kernel) => verdict(kernel, bad, false));
      expect(results[0]).toEqual(results[1]);
      expect(verdict(first, bad, true)).toEqual(verdict(second, bad, true));
    }
  }
});

it("writes chunks that the reference decoder reads", () => {
  for (const content of samples(new Random(seed))) {
    const stream = Buffer.from(compressFrames(content));
    const read: Buffer[] = [];
    for (let at = 10; at < stream.length; ) {
      const length = stream.readUIntLE(at + 1, 3);
      const body = stream.subarray(at + 8, at + 4 + length);
      const piece = stream[at] === 0 ? (snappy.uncompressSync(body) as Buffer) : body;
      expect(stream.readUInt32LE(at + 4)).toBe(masked(piece));
      read.push(piece);
      at += 4 + length;
    }
    expect(Buffer.concat(read)).toEqual(content);
  }
});

/** Empty, short, long runs, text, noise, and mixtures of them, over and under the size of a chunk. */
function samples(random: Random): Buffer[] {
  const mixture = Array.from({ length: 3000 }, () =>
    random.chance(0.5) ? random.bytes(random.below(90)) : new Uint8Array(random.below(120)).fill(random.below(4)),
  );
  return [
    Buffer.from("a"),
    Buffer.alloc(70_000, "abcdefghijklmnopqrstuvwxyz "),
    Buffer.alloc(200_001, 7),
    Buffer.from(random.bytes(150_000)),
    Buffer.concat(mixture),
    ...Array.from({ length: 10 }, () =>
      Buffer.concat(mixture.slice(random.below(2900)).slice(0, 1 + random.below(60))),
    ),
  ].filter((content) => content.length > 0);
}

function pieces(content: Buffer): Buffer[] {
  const count = Math.ceil(content.length / 65_536);
  return Array.from({ length: count }, (_, i) => content.subarray(65_536 * i, 65_536 * (i + 1)));
}

function chunk(type: number, content: Uint8Array, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head[0] = type;
  head.writeUIntLE(body.length + 4, 1, 3);
  head.writeUInt32LE(masked(content), 4);
  return Buffer.concat([head, body]);
}

function masked(content: Uint8Array): number {
  const crc = crc32c(content);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function withRaw(body: Buffer): Buffer {
  return Buffer.concat([IDENTIFIER, chunk(0, new Uint8Array(), body)]);
}

function tooLarge(): Buffer {
  const content = Buffer.alloc(65_537);
  return Buffer.concat([IDENTIFIER, chunk(0, content, snappy.compressSync(content) as Buffer)]);
}

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

function decompress(kernel: Kernel, stream: Uint8Array): Buffer {
  kernel.input.set(stream);
  const length = kernel.decompressBlock(0, stream.length, true);
  return Buffer.from(kernel.block.subarray(0, Math.max(0, length)));
}

function refusal(kernel: Kernel, stream: Uint8Array): number {
  kernel.input.set(stream);
  return -kernel.decompressBlock(0, stream.length, true);
}

function verdict(kernel: Kernel, stream: Uint8Array, verifyCrc: boolean): unknown {
  kernel.input.fill(0, 0, stream.length + 64);
  kernel.input.set(stream);
  const length = kernel.decompressBlock(0, stream.length, verifyCrc);
  return length < 0 ? { code: -length, at: kernel.problem().at } : kernel.block.slice(0, length);
}
