import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMeasurements } from "../../../src/actions/replay/measured-file.ts";
import {
  overlaySpacing,
  proposeSpacing,
  type SpacingOptions,
  spacingText,
} from "../../../src/actions/replay/spacing.ts";
import { parseSpacing } from "../../../src/actions/replay/spacing-file.ts";
import { contiguousRecords } from "./arbitraries.ts";

const hours = (count: number): number => count * 3_600_000;
const plain: SpacingOptions = { targetMs: hours(3), multipleOf: 1n, mergePercent: 0 };

function propose(text: string, options: Partial<SpacingOptions> = {}): string {
  const parsed = parseMeasurements(text);
  if (parsed.kind === "refused")
    throw new Error(parsed.problems.map(({ line, reason }) => `${line}: ${reason}`).join("\n"));
  return spacingText(proposeSpacing(parsed.records, { ...plain, ...options }));
}

describe("a proposed spacing", () => {
  test("has as many blocks per period as were processed in the target time", () => {
    expect(propose("0,750000,3600\n750000\t1000000\t10800\n")).toBe("0\t750000\t2250000\n750000\t1000000\t250000\n");
    expect(propose("0,1000,3600\n", { targetMs: hours(1) })).toBe("0\t1000\t1000\n");
  });

  test("is rounded down, to multiples on request, and never to nothing", () => {
    expect(propose("0,1000,7000.5\n")).toBe("0\t1000\t1542\n");
    expect(propose("0,1000,7000.5\n", { multipleOf: 1_000n })).toBe("0\t1000\t1000\n");
    expect(propose("0,1,999999999\n")).toBe("0\t1\t1\n");
    expect(propose("0,1,999999999\n", { multipleOf: 500n })).toBe("0\t1\t500\n");
  });

  test("is exact beyond 2^53", () => {
    expect(propose("0,9007199254740993,10800.000000001\n", { targetMs: 10_800_000 })).toBe(
      `0\t9007199254740993\t${(9007199254740993n * 10800000000000n) / 10800000000001n}\n`,
    );
  });

  test("merges neighbours of about the same rate on request", () => {
    const measured = "0,1000,100\n1000,2050,100\n2050,2060,100\n";
    expect(propose(measured, { mergePercent: 10, targetMs: 100_000 })).toBe("0\t2050\t1025\n2050\t2060\t10\n");
    expect(propose(measured, { mergePercent: 4.99, targetMs: 100_000 }).split("\n")).toHaveLength(4);
  });

  test("is a valid spacing file that covers what was measured", () => {
    const measured = fc.tuple(contiguousRecords(), fc.nat(100_000), fc.nat(50));
    fc.assert(
      fc.property(measured, ([records, milliseconds, mergePercent]) => {
        const seconds = (milliseconds + 1) / 1000;
        const text = records.map(({ start, end }) => `${start},${end},${seconds}\n`).join("");
        const parsed = parseSpacing(propose(text, { mergePercent }));
        if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.problems));
        expect(parsed.records[0]!.start).toBe(records[0]!.start);
        expect(parsed.records.at(-1)!.end).toBe(records.at(-1)!.end);
      }),
    );
  });

  test("replaces only the measured part of the spacing in use", () => {
    const ranges = fc.tuple(contiguousRecords(), contiguousRecords());
    fc.assert(
      fc.property(ranges, ([spacing, measured]) => {
        const result = overlaySpacing(spacing, measured);
        for (const [index, { start, end }] of result.entries()) {
          expect(start < end).toBe(true);
          if (index > 0) expect(start).toBe(result[index - 1]!.end);
        }
        const touches = measured[0]!.start <= spacing.at(-1)!.end && measured.at(-1)!.end >= spacing[0]!.start;
        for (const record of touches ? measured : spacing) expect(result).toContainEqual(record);
      }),
    );
  });
});

describe("measured statistics", () => {
  test("may have a first line of column names", () => {
    expect(propose("start\tend\tseconds\n0\t10\t10800\n")).toBe("0\t10\t10\n");
  });

  test("are refused with every problem at once", () => {
    const parsed = parseMeasurements("0,10,0\n10,20\n20,15,5\n30,40,1m\n50,60,5\n70,80,5\n");
    expect(parsed.kind === "refused" && parsed.problems.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      "1: seconds is 0; a measurement takes time",
      "2: 2 columns where 3 belong (start, end, seconds, separated by tabs or commas)",
      "3: start 20 is not below end 15",
      '4: seconds "1m" is not a number such as 10800 or 941.25',
      "6: gap of 10 blocks: line 5 ends at 60, this line starts at 70",
    ]);
  });
});
