import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusal } from "../../../src/actions/replay/load.ts";
import { parseSpacing } from "../../../src/actions/replay/spacing-file.ts";
import { contiguousRecords } from "./arbitraries.ts";

const lines = (...rows: string[]): string => rows.map((row) => `${row}\n`).join("");

function problemsOf(text: string): string[] {
  const parsed = parseSpacing(text);
  if (parsed.kind === "ok") return [];
  return refusal("spacing.tsv", parsed.problems).message.split("\n").slice(1);
}

describe("a spacing file", () => {
  test.each([
    ["a number with a letter", "0\t10x\t5", 'spacing.tsv:1: end "10x" is not a whole number (digits only)'],
    ["a negative number", "-5\t10\t5", 'spacing.tsv:1: start "-5" is not a whole number (digits only)'],
    ["a decimal", "0\t10.5\t5", 'spacing.tsv:1: end "10.5" is not a whole number (digits only)'],
    ["an exponent", "0\t1e6\t5", 'spacing.tsv:1: end "1e6" is not a whole number (digits only)'],
    ["digits of another script", "0\t١٢\t5", 'spacing.tsv:1: end "١٢" is not a whole number (digits only)'],
    ["an absurdly long number", `0\t${"9".repeat(41)}\t5`, "spacing.tsv:1: end has 41 digits; at most 40 are read"],
    ["a start at its end", "10\t10\t5", "spacing.tsv:1: start 10 is not below end 10"],
    ["a start above its end", "11\t10\t5", "spacing.tsv:1: start 11 is not below end 10"],
    ["a span of zero", "0\t10\t0", "spacing.tsv:1: blocks per period is 0; it must be at least 1"],
    [
      "spaces in place of tabs",
      "0    10    5",
      "spacing.tsv:1: missing tab: the columns are separated by spaces; put one tab between start, end and blocks per period",
    ],
    [
      "a missing column",
      "0\t10",
      "spacing.tsv:1: missing tab: 2 columns where 3 belong (start, end, blocks per period, each separated by a tab)",
    ],
    [
      "a fourth column",
      "0\t10\t5\t9",
      "spacing.tsv:1: 4 columns where 3 belong (start, end, blocks per period, each separated by a tab)",
    ],
    ["a gap", "0\t10\t5\n12\t20\t5", "spacing.tsv:2: gap of 2 blocks: line 1 ends at 10, this line starts at 12"],
    ["an overlap", "0\t10\t5\n8\t20\t5", "spacing.tsv:2: overlap of 2 blocks with line 1, which ends at 10"],
    ["a duplicate", "0\t10\t5\n0\t10\t7", "spacing.tsv:2: duplicate of line 1"],
    [
      "a range inside another",
      "0\t100\t5\n10\t20\t5",
      "spacing.tsv:2: overlap of 10 blocks with line 1, which ends at 100",
    ],
    ["an empty file", "", "spacing.tsv: no records in this file"],
    ["a file of comments only", "# start\tend\tspan\n\n", "spacing.tsv: no records in this file"],
  ])("is refused for %s, with file, line and reason", (_, text, message) => {
    expect(problemsOf(text)).toEqual([message]);
  });

  test("tells all of its problems at once, in the order of its lines", () => {
    const text = lines("0\t10\t5", "10\tx\t0", "20\t30\t0", "40\t50\t5", "45\t60\t5", "70 80 5", "80\t90\t1");
    expect(problemsOf(text)).toEqual([
      'spacing.tsv:2: end "x" is not a whole number (digits only)',
      "spacing.tsv:2: blocks per period is 0; it must be at least 1",
      "spacing.tsv:3: blocks per period is 0; it must be at least 1",
      "spacing.tsv:4: gap of 10 blocks: line 3 ends at 30, this line starts at 40",
      "spacing.tsv:5: overlap of 5 blocks with line 4, which ends at 50",
      "spacing.tsv:6: missing tab: the columns are separated by spaces; put one tab between start, end and blocks per period",
    ]);
  });

  test("shows at most 200 problems in the message and counts the others", () => {
    const message = problemsOf(lines(...Array.from({ length: 250 }, () => "x\ty\tz")));
    expect(message).toHaveLength(201);
    expect(message.at(-1)).toBe("... and 550 more");
  });

  test("may have CRLF, a byte order mark, comments, blank lines, leading zeros and no last newline", () => {
    const text = "\uFEFF# made by hand\r\n\r\n0000\t 10\t5 # slow\r\n   # more\r\n10\t20\t7\t\r\n\r\n20\t30\t9";
    expect(parseSpacing(text)).toEqual({
      kind: "ok",
      records: [
        { start: 0n, end: 10n, span: 5n, line: 3 },
        { start: 10n, end: 20n, span: 7n, line: 5 },
        { start: 20n, end: 30n, span: 9n, line: 7 },
      ],
    });
  });

  test("keeps integers beyond 2^53 exactly", () => {
    const parsed = parseSpacing("9007199254740993\t18446744073709551615\t9007199254740995\n");
    expect(parsed).toMatchObject({
      records: [{ start: 9007199254740993n, end: 18446744073709551615n, span: 9007199254740995n }],
    });
  });

  test("may list its records in any order", () => {
    fc.assert(
      fc.property(contiguousRecords(), fc.infiniteStream(fc.nat()), (records, keys) => {
        const shuffled = records.map((record) => ({ record, key: keys.next().value as number }));
        shuffled.sort((a, b) => a.key - b.key);
        const text = shuffled.map(({ record }) => `${record.start}\t${record.end}\t${record.span}\n`).join("");
        const parsed = parseSpacing(text);
        const read = parsed.kind === "ok" ? parsed.records.map(({ line: _, ...record }) => record) : parsed.problems;
        expect(read).toEqual(records);
      }),
    );
  });

  test("with any one record removed, cut or doubled is refused at that place", () => {
    fc.assert(
      fc.property(
        contiguousRecords(),
        fc.nat(),
        fc.constantFrom("remove", "shorten", "double"),
        (records, at, change) => {
          fc.pre(records.length >= 3);
          const index = 1 + (at % (records.length - 2));
          const rows = records.map(({ start, end, span }) => `${start}\t${end}\t${span}`);
          const victim = records[index]!;
          if (change === "remove") rows.splice(index, 1);
          if (change === "double") rows.splice(index, 0, rows[index]!);
          if (change === "shorten") rows[index] = `${victim.start}\t${victim.end - 1n}\t${victim.span}`;
          const line = index + (change === "remove" ? 1 : 2);
          expect(problemsOf(lines(...rows))[0]).toMatch(
            new RegExp(`^spacing.tsv:${change === "shorten" && victim.end - victim.start === 1n ? index + 1 : line}: `),
          );
        },
      ),
    );
  });
});
