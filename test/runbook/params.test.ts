import { homedir } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Runbook } from "../../src/domain/runbook.ts";
import { type GivenParams, readParamValue, resolveParams, valueProblem } from "../../src/runbook/index.ts";
import { formatDuration, parseDuration, parseSize } from "../../src/runbook/units.ts";
import { runbookOf, withSteps } from "./rig.ts";

const head = `env: [USER_NAME]
params:
  text: { pattern: "[a-z]+", min: 2, max: 5, default: abc }
  count: { type: integer, min: 1, max: 9007199254740993, default: 1 }
  rate: { type: number, default: 0.5 }
  flag: { type: boolean, default: false }
  window: { type: duration, min: 1s, max: 2h, default: 15m }
  limit: { type: size, max: 1TB, default: 64KiB }
  file: { type: path, default: ./x.txt }
  hosts: { type: list, min: 1, max: 3, default: [a] }
  side: { enum: [blue, green], default: blue }
  level: { type: integer, enum: [1, 2], default: 1 }
  maybe: { optional: true }
`;

const runbook = (more = "") => runbookOf(withSteps("- { id: a, manual: x }", head + more));

function resolved(book: Runbook, given: GivenParams) {
  const result = resolveParams(book, given, { cwd: "/here", env: { USER_NAME: "ann" } });
  return result.kind === "ok" ? result.params : result.diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

describe("parameters", () => {
  test("defaults are used, in their final form", async () => {
    expect(resolved(await runbook(), {})).toEqual({
      text: "abc",
      count: 1,
      rate: 0.5,
      flag: false,
      window: 900_000,
      limit: 65_536,
      file: "/rb/x.txt",
      hosts: ["a"],
      side: "blue",
      level: 1,
    });
  });

  test.each<[string, string, unknown]>([
    ["text", "xyz", "xyz"],
    ["count", "9007199254740993", 9007199254740993n],
    ["count", " +5 ", 5],
    ["rate", "1e-3", 0.001],
    ["rate", "3", 3],
    ["flag", "true", true],
    ["window", "1h30m", 5_400_000],
    ["limit", "1.5MiB", 1_572_864],
    ["file", "y.txt", "/here/y.txt"],
    ["file", "/abs/y.txt", "/abs/y.txt"],
    ["file", "~/y.txt", `${homedir()}/y.txt`],
    ["hosts", "a, b,c", ["a", "b", "c"]],
    ["hosts", '["a,b", 9007199254740993]', ["a,b", 9007199254740993n]],
    ["side", "green", "green"],
    ["level", "2", 2],
    ["maybe", "", ""],
  ])("-p %s=%s is read by its type", async (name, text, value) => {
    expect(resolved(await runbook(), { [name]: text })).toMatchObject({ [name]: value });
  });

  test.each([
    ["text", "x", "length 1 is below"],
    ["text", "abcdef", "length 6 is above"],
    ["text", "ab1", "does not match"],
    ["text", "xabc\n", "does not match"],
    ["count", "0", "0 is below the minimum 1"],
    ["count", "9007199254740994", "above the maximum 9007199254740993"],
    ["count", "1.5", "whole number"],
    ["count", "1,000", "whole number"],
    ["count", "", "whole number"],
    ["rate", "fast", "a number"],
    ["rate", "Infinity", "a number"],
    ["flag", "yes", "true or false"],
    ["window", "15", "a duration"],
    ["window", "3h", "3h is above the maximum 2h"],
    ["window", "999ms", "999ms is below"],
    ["limit", "5", "a size"],
    ["limit", "2TB", "above the maximum"],
    ["file", "", "a path"],
    ["hosts", "", "count 0 is below"],
    ["hosts", "a,b,c,d", "count 4 is above"],
    ["hosts", "[1", "a list"],
    ["side", "bleu", "none of: blue, green"],
    ["level", "3", "none of: 1, 2"],
  ])("-p %s=%s is refused: %s", async (name, text, why) => {
    expect(resolved(await runbook(), { [name]: text })).toEqual([expect.stringContaining(why)]);
  });

  test("all wrong ones are told at once, with what to write", async () => {
    const book = await runbook("  must: { type: string }\n  asked: { prompt: Which?, description: The one }\n");
    const result = resolveParams(book, { txt: "abc", count: "x", window: "5", side: "gren" });
    if (result.kind === "ok") throw new Error("expected problems");
    expect(result.diagnostics.map(({ code, mend }) => [code, mend])).toEqual([
      ["unknown-param", "write: -p text=…"],
      ["bad-param", "write a whole number"],
      ["bad-param", "write the unit: 5s, 5m or 5h"],
      ["bad-param", "write: green"],
      ["missing-param", "write: -p must=…"],
      ["missing-param", "write: -p asked=…"],
    ]);
    expect(result.missing).toEqual(["asked"]);
  });

  test("values of a parameter file are read like text", async () => {
    expect(
      resolved(await runbook(), { count: 7, flag: true, hosts: ["x"], window: "5s", text: "abc", rate: 2 }),
    ).toMatchObject({
      count: 7,
      hosts: ["x"],
      window: 5000,
    });
    expect(resolved(await runbook(), { window: 5 })).toEqual([expect.stringContaining("a duration")]);
    expect(resolved(await runbook(), { text: null })).toEqual([expect.stringContaining("a text")]);
  });

  test("a default may look at parameters above it and at declared variables", async () => {
    const book = await runbook(
      '  claim: { default: "${{ params.text }}-${{ env.USER_NAME }}" }\n  twice: { type: duration, default: "${{ params.window * 2 }}" }\n',
    );
    expect(resolved(book, { text: "xyz" })).toMatchObject({ claim: "xyz-ann", twice: 1_800_000 });
  });

  test("a default that cannot be worked out is a problem of that parameter", async () => {
    const book = await runbookOf(
      withSteps("- { id: a, manual: x }", 'env: [NOPE]\nparams: { a: { default: "${{ env.NOPE }}" } }\n'),
    );
    expect(resolveParams(book, {}, { env: {} })).toMatchObject({
      kind: "invalid",
      diagnostics: [{ code: "bad-param" }],
    });
  });

  test("a secret is kept apart and never quoted in a message", async () => {
    const book = await runbook("  pw: { type: secret, min: 8, prompt: Password? }\n");
    expect(resolveParams(book, { pw: "hunter2hunter2" })).toMatchObject({
      kind: "ok",
      secrets: { pw: "hunter2hunter2" },
    });
    expect(resolved(book, { pw: "hunter2hunter2" })).not.toHaveProperty("pw");
    expect(JSON.stringify(resolveParams(book, { pw: "hunter2" }))).not.toContain("hunter2");
  });

  test("values that an earlier run kept stand in for defaults, in their final form", async () => {
    const earlier = { window: 5000, count: 9007199254740993n, text: "nope!" };
    const result = resolveParams(await runbook(), { text: "abc" }, { earlier, cwd: "/" });
    expect(result).toMatchObject({ kind: "ok", params: { window: 5000, count: 9007199254740993n, text: "abc" } });
    expect(resolveParams(await runbook(), {}, { earlier })).toMatchObject({
      kind: "invalid",
      diagnostics: [{ code: "bad-param", message: expect.stringContaining("does not match") }],
    });
  });

  test("names of JavaScript's own are unknown parameters", async () => {
    expect(resolved(await runbook(), JSON.parse('{"__proto__": "x", "constructor": "y"}'))).toEqual([
      expect.stringContaining('no parameter "__proto__"'),
      expect.stringContaining('no parameter "constructor"'),
    ]);
  });
});

describe("answers", () => {
  test("are read like parameters, and their final form is checked again", () => {
    const spec = { type: "duration", optional: false, max: 60_000 } as const;
    expect(readParamValue(spec, "1m", "/")).toEqual({ kind: "ok", value: 60_000 });
    expect(readParamValue(spec, "61s", "/")).toMatchObject({ kind: "invalid" });
    expect(valueProblem(spec, 60_000)).toBeUndefined();
    expect(valueProblem(spec, 60_001)).toContain("above the maximum 1m");
    expect(valueProblem(spec, "1m")).toContain("a duration");
  });
});

describe("units", () => {
  test.each<[string, number | undefined]>([
    ["500ms", 500],
    ["5s", 5000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["1h30m", 5_400_000],
    ["0s", 0],
    ["5", undefined],
    ["5 s", undefined],
    ["30m1h", undefined],
    ["1h1h", undefined],
    ["-5s", undefined],
    ["", undefined],
    ["99999999d", undefined],
  ])("duration %s", (text, totalMs) => {
    expect(parseDuration(text)).toBe(totalMs);
  });

  test("a duration that is written is read back", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (totalMs) => {
        expect(parseDuration(formatDuration(totalMs))).toBe(totalMs);
      }),
    );
  });

  test.each<[string, number | bigint | undefined]>([
    ["0B", 0],
    ["64KiB", 65_536],
    ["5GB", 5_000_000_000],
    ["1.5MiB", 1_572_864],
    ["16EiB", 18_446_744_073_709_551_616n],
    ["0.3B", undefined],
    ["5", undefined],
    ["5gb", undefined],
    ["-1B", undefined],
  ])("size %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});
