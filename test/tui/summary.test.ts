import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { summaryOf } from "../../src/tui/run/summary.ts";
import { begun, failed, started, stateAfter } from "../domain/rig.ts";
import { end, release } from "../journal/events.ts";

test.each([
  ["errors, where it said why", { out: "", err: "disk is read-only\n" }, "err", ["  | disk is read-only"]],
  ["errors, also beside other output", { out: "part 1\n", err: "no space\n" }, "err", ["  | part 1", "  | no space"]],
  ["output, where it spoke there alone", { out: "no space\n", err: "" }, "out", ["  | no space"]],
])("what stays in the scrollback of a failed step names its log of %s", (_, printed, stream, said) => {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-summary-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const state = stateAfter(...begun(), started("a"), release("a"), end("a", 1, failed));
  const attempt = state.steps.get("a")?.last?.dir as string;
  mkdirSync(join(dir, attempt), { recursive: true });
  for (const [name, text] of Object.entries(printed)) writeFileSync(join(dir, attempt, name), text);
  const logPath = (of: string, which = "out") => join(dir, of, which);
  const [, first, ...rest] = summaryOf({ state, logPath });
  expect(first).toBe(`failed: a: it said no  (${join(dir, attempt, stream)})`);
  expect(rest).toEqual(said);
});
