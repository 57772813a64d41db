import { expect, test } from "vitest";
import {
  attemptDirName,
  childAddress,
  decodeKey,
  encodeKey,
  lastSegment,
  parentOf,
  ROOT,
  segmentsOf,
} from "../../src/domain/address.ts";

test("any text may be the key of an item, and comes back from its address", () => {
  for (const key of ["web-2", "a/b", "100 %", "ä€😀", "~undo", "", ".", "..", "a\nb", "*", "A:b@c+d=e_f.g"]) {
    const encoded = encodeKey(key);
    expect(encoded).toMatch(/^[A-Za-z0-9._\-:@+=%]+$/);
    expect([".", ".."]).not.toContain(encoded);
    expect(decodeKey(encoded)).toBe(key);
  }
  expect([encodeKey(""), encodeKey("."), encodeKey("..")]).toEqual(["%", "%2E", "%2E%2E"]);
  expect(encodeKey("\n")).toBe("%0A");
});

test("an address is made of and taken apart into ids and keys", () => {
  expect(childAddress(ROOT, "a")).toBe("a");
  expect(childAddress("a/b", "c")).toBe("a/b/c");
  expect(segmentsOf("a/b/c")).toEqual(["a", "b", "c"]);
  expect(segmentsOf(ROOT)).toEqual([]);
  expect([parentOf("a/b/c"), parentOf("a"), parentOf(ROOT)]).toEqual(["a/b", ROOT, ROOT]);
  expect([lastSegment("a/b/c"), lastSegment("a")]).toEqual(["c", "a"]);
});

test("the directory of an attempt fits into a file name, and two long addresses never share one", () => {
  expect(attemptDirName("copy/a/b", 3)).toBe("copy,a,b.3");
  expect(attemptDirName("x".repeat(180), 1)).toBe(`${"x".repeat(180)}.1`);
  const long = ["a", "b"].map((end) => attemptDirName(`${"x".repeat(180)}${end}`, 1));
  expect(new Set(long).size).toBe(2);
  for (const name of long) expect(name).toMatch(/^x{160}~[0-9a-f]{16}\.1$/);
  // Journals of released versions name these directories: the checksum (FNV-1a) is for ever.
  expect(long[0]).toBe(`${"x".repeat(160)}~b6182c3b3116a7fc.1`);
});
