import { expect, test } from "vitest";
import { type Value, valueFromJson, valueToJson, valueToText } from "../../src/domain/value.ts";

const big = 9007199254740993n;
const values: readonly Value[] = [
  null,
  true,
  0,
  1.5,
  "text",
  big,
  -big,
  [],
  [1, big, ["deep", null]],
  {},
  { a: big, b: { c: [big] }, d: null, e: "$int" },
];

test("a value survives its way through a journal, integers beyond 2^53 included", () => {
  for (const value of values) {
    expect(valueFromJson(JSON.parse(JSON.stringify(valueToJson(value))))).toEqual(value);
  }
});

test("a map that only looks like a big integer stays a map", () => {
  for (const json of [{ $int: 5 }, { $int: "5", more: 1 }, { $int: null }]) expect(valueFromJson(json)).toEqual(json);
});

test("a key called __proto__ is a key like any other", () => {
  const value = valueFromJson(JSON.parse('{"__proto__": {"polluted": true}}')) as { polluted?: true };
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect(value.polluted).toBeUndefined();
});

test("as text a value is what an operator would write, with every digit", () => {
  expect(values.map(valueToText)).toEqual([
    "null",
    "true",
    "0",
    "1.5",
    "text",
    "9007199254740993",
    "-9007199254740993",
    "[]",
    '[1,9007199254740993,["deep",null]]',
    "{}",
    '{"a":9007199254740993,"b":{"c":[9007199254740993]},"d":null,"e":"$int"}',
  ]);
  expect(valueToText(Number.POSITIVE_INFINITY)).toBe("Infinity");
});
