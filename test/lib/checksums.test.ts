import { randomBytes, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { compareUtf8 } from "../../src/lib/compare-utf8.ts";
import { crc32Combine } from "../../src/lib/crc32-combine.ts";
import { crc32c } from "../../src/lib/crc32c.ts";
import { crc64Nvme } from "../../src/lib/crc64-nvme.ts";

const CHECK = Buffer.from("123456789");

test("crc32c and crc64-nvme give the published check values", () => {
  expect(crc32c(CHECK).toString(16)).toBe("e3069283");
  expect(crc64Nvme(CHECK).toString(16)).toBe("ae8b14860a799888");
  expect(crc32c(Buffer.alloc(0))).toBe(0);
  expect(crc64Nvme(Buffer.alloc(0))).toBe(0n);
});

test("checksums continue over pieces as if the pieces were one", () => {
  expect(crc32c(CHECK.subarray(4), crc32c(CHECK.subarray(0, 4)))).toBe(crc32c(CHECK));
  expect(crc64Nvme(CHECK.subarray(4), crc64Nvme(CHECK.subarray(0, 4)))).toBe(crc64Nvme(CHECK));
});

test("crc32 values of parts combine to the value of the whole", () => {
  for (const sizes of [
    [0, 0],
    [1, 0],
    [0, 7],
    [5, 3],
    ...Array.from({ length: 50 }, () => [randomInt(5000), randomInt(70_000)]),
  ]) {
    const [a, b] = sizes.map((size) => randomBytes(size)) as [Buffer, Buffer];
    expect(crc32Combine(crc32(a), crc32(b), b.length), `sizes ${sizes}`).toBe(crc32(Buffer.concat([a, b])));
  }
});

test("strings order by their UTF-8 bytes, also beyond the basic plane", () => {
  const words = [
    "",
    "a",
    "a/",
    "a b",
    "a+b",
    "ab",
    "ä",
    "\u{ffff}",
    "\u{e000}",
    "\u{1f600}",
    "\u{10000}x",
    "z",
    "\u{d7ff}",
  ];
  const expected = [...words].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...words].sort(compareUtf8)).toEqual(expected);
});
