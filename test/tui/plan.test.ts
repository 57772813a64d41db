import { expect, test } from "vitest";
import { diffRows, paramChanges } from "../../src/tui/plan/plan-diff.ts";
import { paintPlan } from "../../src/tui/plan/plan-rows.ts";
import type { LastRun, PlanRowView, PlanView } from "../../src/tui/shell/app-source.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { ASCII, UNICODE } from "../../src/tui/theme.ts";

const row = (at: string, would: string, change: Partial<PlanRowView> = {}): PlanRowView => ({
  at,
  depth: at.split("/").length - 1,
  kind: "run",
  title: at,
  effect: "mutate",
  would: [would],
  grade: "not simulated",
  asks: "no",
  wanted: true,
  ...change,
});
const last: LastRun = {
  runId: "r-1",
  endedMs: 0,
  result: "done",
  sha256: "a",
  params: [
    ["host", "web-1"],
    ["workers", "4"],
  ],
  rows: [row("drain", "./drain web-1"), row("gone", "./gone"), row("copy", "./copy")],
  tookMs: { drain: 4_000, copy: 61_000 },
};
const plan: PlanView = {
  runbook: "deploy",
  sha256: "b",
  params: [
    ["host", "web-2"],
    ["workers", "4"],
  ],
  rows: [
    row("drain", "./drain web-2"),
    row("copy", "./copy"),
    row("new", "rm \u001b[2J古い", { effect: "destroy", asks: "typed", items: 12 }),
  ],
  last,
};

test("a plan is compared with the last run by address: what came, went, or would do something else", () => {
  expect(diffRows(plan).map((one) => `${one.change} ${one.row.at}`)).toEqual([
    "changed drain",
    "removed gone",
    "same copy",
    "added new",
  ]);
  expect(paramChanges(plan.params, last)).toEqual(["host: web-1 -> web-2"]);
  expect(diffRows({ ...plan, last: undefined }).every((one) => one.change === "same")).toBe(true);
});

test("the plan shows the command, the risk, what asks and how long it took last time; comparing shows both commands", () => {
  const picture = { plan, rows: diffRows(plan), selected: 0, comparing: true, nowMs: 1e6, glyphs: UNICODE };
  const text = paintPlan(picture, 140, 30).join("\n");
  for (const words of [
    "./drain web-2",
    "- ./drain web-1",
    "DESTROYS",
    "typed",
    "new x12",
    "1 min 1 s",
    "host: web-1 -> web-2",
  ]) {
    expect(text).toContain(words);
  }
  for (const glyphs of [UNICODE, ASCII]) {
    for (let width = 30; width <= 200; width += 11) {
      for (const height of [1, 2, 5, 23, 58]) {
        const rows = paintPlan({ ...picture, glyphs }, width, height);
        expect(rows).toHaveLength(height);
        for (const line of rows) expect(widthOf(line), `${width}x${height}: ${JSON.stringify(line)}`).toBe(width);
        expect(rows.join("")).not.toContain("\u001b[2J");
      }
    }
  }
});
