import { describe, expect, test } from "vitest";
import { type Condition, condition, unmet } from "../../../src/actions/http/condition.ts";
import { parsePath, valueAt } from "../../../src/actions/http/json-path.ts";

const now = Date.UTC(2024, 0, 1, 0, 0, 10);
const why = (wanted: Condition, body: string, status = 200): string | undefined =>
  unmet(condition.parse(wanted), { status, headers: {}, body: Buffer.from(body), url: "" }, now);

describe("a condition on an answer", () => {
  test.each<[string, Condition, string, number?]>([
    ["any 2xx status", {}, "", 204],
    ["a status", { status: 404 }, "", 404],
    ["one of several statuses", { status: [200, 201] }, "", 201],
    ["the whole body", { equals: "true" }, " true\n"],
    ["a part of the body", { contains: "completed" }, "Success: x completed"],
    ["a pattern in the body", { matches: "^Success: \\w+" }, "Success: x"],
    ["a value in JSON", { json: { "a.b[1].c": "x" } }, '{"a":{"b":[0,{"c":"x"}]}}'],
    ["null and booleans", { json: { a: null, b: false } }, '{"a":null,"b":false}'],
    ["an exact integer beyond 2^53", { json: { n: "9007199254740993" } }, '{"n":9007199254740993}'],
    ["digits as text compared with a number", { json: { n: { above: 5 } } }, '{"n":"9007199254740993"}'],
    ["another value", { json: { n: { not: 1 } } }, '{"n":2}'],
    ["one of several values", { json: { n: { in: [1, 2] } } }, '{"n":2}'],
    ["a pattern in a value", { json: { id: { matches: "^[0-9a-f]+$" } } }, '{"id":"0f"}'],
    ["a missing value", { json: { x: { exists: false } } }, "{}"],
    ["a range", { json: { n: { above: 1, atLeast: 2, below: 3, atMost: 2 } } }, '{"n":2}'],
    ["a time without zone as UTC", { json: { t: { newerThan: "15s" } } }, '{"t":"2024-01-01T00:00:00.500"}'],
    ["a whole document", { json: { "": true } }, "true"],
  ])("accepts %s", (_, wanted, body, status) => {
    expect(why(wanted, body, status)).toBeUndefined();
  });

  test.each<[Condition, string, number, string]>([
    [{}, "", 301, "the status is 301, not 2xx"],
    [{ status: [200, 201] }, "", 500, "the status is 500, not 200 or 201"],
    [{ equals: "true" }, "false", 200, 'the body is "false"'],
    [{ json: { a: 1 } }, "<html>", 200, 'the body is not JSON: "<html>"'],
    [{ json: { a: 1 } }, "{}", 200, "a is absent, not 1"],
    [
      { json: { n: "9007199254740993" } },
      '{"n":9007199254740992}',
      200,
      'n is 9007199254740992, not "9007199254740993"'.replace("9007199254740992", '"9007199254740992"'),
    ],
    [{ json: { n: { atLeast: 3 } } }, '{"n":"x"}', 200, 'n is "x", not at least 3'],
    [
      { json: { t: { newerThan: "5s" } } },
      '{"t":"2024-01-01T00:00:00.500"}',
      200,
      't is "2024-01-01T00:00:00.500", not newer than 5s',
    ],
  ])("says what is wrong: %j", (wanted, body, status, reason) => {
    expect(why(wanted, body, status)).toBe(reason);
  });

  test("is refused when a path or a pattern is malformed", () => {
    expect(condition.safeParse({ json: { "a[": 1 } }).success).toBe(false);
    expect(condition.safeParse({ matches: "(" }).success).toBe(false);
    expect(condition.safeParse({ conatins: "x" }).success).toBe(false);
  });
});

test("a path reaches odd keys and never the prototype", () => {
  expect(parsePath('$.a["b.c"][0]')).toEqual(["a", "b.c", 0]);
  expect(valueAt({ a: { "b.c": [7] } }, '$.a["b.c"][0]')).toBe(7);
  expect(valueAt({}, "constructor.name")).toBeUndefined();
  expect(valueAt({}, "__proto__.x")).toBeUndefined();
});
