import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseExactJson } from "../../src/lib/exact-json.ts";

test("integers beyond 2^53 come back as their digits, everything else as JSON.parse has it", () => {
  const text =
    '{"a":[9007199254740993,-18446744073709551616,9007199254740991],"b":1.5,"c":1e400,"d":null,"e":"9007199254740993"}';
  expect(parseExactJson(text)).toEqual({
    a: ["9007199254740993", "-18446744073709551616", 9_007_199_254_740_991],
    b: 1.5,
    c: Number.POSITIVE_INFINITY,
    d: null,
    e: "9007199254740993",
  });
  expect(() => parseExactJson("{")).toThrow(SyntaxError);
});

test("no integer is ever rounded", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }), (value) => {
      expect(BigInt(parseExactJson(`[${value}]`)?.toString() ?? "")).toBe(value);
    }),
  );
});
