import { describe, expect, it } from "vitest";
import { formatRuns, gapsOf, parseRange, runsOf } from "../../../src/actions/era/range.ts";

describe("ranges of eras", () => {
  it.each([
    ["1082", { from: 1082, to: 1082 }],
    ["1082-1100", { from: 1082, to: 1100 }],
    ["1082+", { from: 1082, to: undefined }],
    [" 0+ ", { from: 0, to: undefined }],
    ["00007 - 9", { from: 7, to: 9 }],
  ])("%j is a range", (text, range) => {
    expect(parseRange(text)).toEqual({ kind: "ok", value: range });
  });

  it.each(["", "abc", "-5", "5-", "7-3", "1.5", "1,2", "1082++", "99999999"])(
    "%j is refused with what to write",
    (text) => {
      const parsed = parseRange(text);
      expect(parsed).toMatchObject({ kind: "failed", failure: { code: "era-range" } });
      expect(parsed.kind === "failed" && parsed.failure.hint).toContain("1082-1100");
    },
  );

  it("reports gaps as runs, also for a range of millions", () => {
    expect(formatRuns(gapsOf({ from: 1, to: 9 }, [2, 3, 5]))).toBe("1, 4, 6-9");
    expect(gapsOf({ from: 1, to: undefined }, [1, 2, 5])).toEqual([{ from: 3, to: 4 }]);
    expect(gapsOf({ from: 0, to: 9_999_999 }, [])).toEqual([{ from: 0, to: 9_999_999 }]);
  });

  it("shows many eras in short", () => {
    expect(formatRuns(runsOf([1082, 1083, 1084, 1090]))).toBe("1082-1084, 1090");
  });
});
