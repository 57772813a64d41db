import { expect, test } from "vitest";
import { middle, spark } from "../../src/tui/history/statistics.ts";
import { axisText, barOf, type TimelineRow } from "../../src/tui/history/timeline.ts";
import { ago, took } from "../../src/tui/shell/words.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { UNICODE } from "../../src/tui/theme.ts";

const step: TimelineRow = {
  at: "copy",
  depth: 0,
  title: "copy",
  look: "done",
  note: "",
  startedMs: 2_000,
  endedMs: 8_000,
  attempts: [
    { at: "copy", n: 1, fromMs: 2_000, toMs: 3_000, ok: false },
    { at: "copy", n: 2, fromMs: 6_000, toMs: 8_000, ok: true },
  ],
};
const axis = { fromMs: 0, toMs: 10_000 };

test("a bar shows where a step stands on the time axis: work thick, waiting thin", () => {
  expect(barOf(step, axis, 20, UNICODE, false)).toBe("    ━━╌╌╌╌╌╌━━━━    ");
  expect(barOf({ ...step, startedMs: undefined }, axis, 10, UNICODE, false)).toBe(" ".repeat(10));
  const short = { ...step, attempts: [], startedMs: 9_999, endedMs: 9_999 };
  expect(barOf(short, axis, 10, UNICODE, false)).toBe("         ━");
  for (let columns = 1; columns < 150; columns += 7) {
    expect(widthOf(barOf(step, axis, columns, UNICODE, true))).toBe(columns);
    expect(axisText(axis, columns)).toHaveLength(columns);
  }
});

test("durations and ages read as a person would say them", () => {
  expect([400, 12_000, 200_000, 7_500_000].map(took)).toEqual(["0.4 s", "12 s", "3 min 20 s", "2 h 05 min"]);
  const hour = 3_600_000;
  expect([0, 5 * 60_000, 3 * hour, 30 * hour, 96 * hour].map((ms) => ago(0, ms))).toEqual([
    "now",
    "5 min",
    "3 h",
    "yesterday",
    "4 d",
  ]);
  expect(middle([3, 1, 2])).toBe(2);
  expect(middle([])).toBeUndefined();
  expect(spark([1, 5], UNICODE)).toBe("▂▆");
});
