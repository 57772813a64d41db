import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

const rig = terminalRig();

const book = `runsheet: 1
name: copy
title: Copy
params:
  host: { type: string, default: web-1 }
  workers: { type: integer, default: 4 }
steps:
  - id: list
    effect: read
    run: printf 'first line\\n\\033]2;stolen\\007last line of \${{ params.host }}\\n'
  - id: copy
    effect: read
    run: test \${{ params.workers }} -gt 4 || exit 3
    retry: { attempts: 2, delay: 10ms }
    onFailure: stop
`;

test("plan and history: compared with the last run, two runs beside each other, one on a time axis, its output and its report", async () => {
  const file = rig.bench.file("copy.yaml", book);
  expect((await rig.bench.run(["run", file, "--run-id", "a", "--headless"])).code).toBe(1);
  expect((await rig.bench.run(["run", file, "--run-id", "b", "--headless", "-p", "workers=8"])).code).toBe(0);
  const terminal = rig.open([]);
  await terminal.sees("1 run needs you");
  // The plan of the same with other parameters, compared with the last run.
  await terminal.typeUntil("g\t", "last run b");
  terminal.type("p");
  await terminal.sees("plan of copy");
  await terminal.sees("test 4 -gt 4 || exit 3");
  terminal.type("d");
  await terminal.sees("1 step and 1 parameter differ from the last run");
  expect(terminal.text()).toContain("compared with b");
  expect(terminal.text()).toContain("~ workers: 8 -> 4");
  expect(terminal.text()).toContain("- test 8 -gt 4 || exit 3");
  terminal.type("j\r");
  await terminal.sees("the last run:");
  terminal.type("qP");
  await terminal.sees("previewed");
  terminal.type("q");
  await terminal.sees("new run of copy");
  terminal.type("\u001b");
  await terminal.sees("RUNBOOKS");
  terminal.type("h");
  await terminal.sees("history of copy");
  await terminal.sees("ok 1  failed 1");
  expect(terminal.text()).toMatch(/b +\d{4}-.*done/);
  expect(terminal.text()).toMatch(/a +\d{4}-.*failed: copy ended with exit code 3/);
  terminal.type("=");
  await terminal.sees("now = at the run to compare it with");
  terminal.type("j=");
  await terminal.sees("compare  a  with  b");
  expect(terminal.text()).toContain("~ workers: 4 -> 8");
  terminal.type("q");
  await terminal.sees("ok 1  failed 1");
  terminal.type("\r");
  await terminal.sees("timeline  copy  a");
  expect(terminal.text()).toContain("2 failed attempts");
  expect(terminal.text()).toMatch(/list .*━/);
  terminal.type("\r");
  await terminal.sees("last line of web-1");
  expect(terminal.raw).not.toContain("stolen\u0007");
  terminal.type("q");
  await terminal.sees("timeline");
  terminal.type("e");
  await terminal.sees("Export a");
  await terminal.typeUntil("1", /▶ 1 +Markdown/);
  await terminal.typeUntil("\r", "written: ");
  expect(readFileSync(join(rig.bench.dir, "runsheet-a.md"), "utf8")).toContain("copy");
  terminal.type("\u0003");
  expect(await terminal.exited).toBe(0);
  expect(terminal.onAlternateScreen).toBe(false);
});
