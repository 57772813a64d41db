import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findInFile } from "../../src/tui/log/find.ts";
import { LogPager } from "../../src/tui/log/pager.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";

let dir: string;
let file: string;
let pager: LogPager;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runsheet-test-"));
  file = join(dir, "out");
  pager = new LogPager();
});
afterEach(() => {
  pager.close();
  rmSync(dir, { recursive: true, force: true });
});

function shown(width = 20, height = 5): string[] {
  return pager.rows(width, height, "…").map((row) => row.replace(/\u001b\[[\d;]*m/g, "").trimEnd());
}

function open(text: string): void {
  writeFileSync(file, text);
  pager.open(file);
  pager.poll(1_000);
}

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}\n`).join("");

test("the log follows its end, stands still once somebody scrolls, and follows again", () => {
  open(numbered(1, 100));
  expect(shown()).toEqual(["line 96", "line 97", "line 98", "line 99", "line 100"]);
  appendFileSync(file, numbered(101, 102));
  pager.poll();
  expect(shown()[4]).toBe("line 102");
  pager.scroll(-1);
  appendFileSync(file, numbered(103, 900));
  pager.poll();
  expect(shown()).toEqual(["line 97", "line 98", "line 99", "line 100", "line 101"]);
  pager.scrollPages(1);
  expect(shown()[0]).toBe("line 102");
  pager.end();
  expect(shown()[4]).toBe("line 900");
});

test("long lines are cut, or wrapped; wrapped they scroll row by row and nothing is skipped", () => {
  open(`${"a".repeat(45)}\nshort\n${"b".repeat(25)}\nend\n`);
  pager.start();
  expect(shown(20, 3)).toEqual([`${"a".repeat(19)}…`, "short", `${"b".repeat(19)}…`]);
  pager.wrapped = true;
  expect(shown(20, 3)).toEqual(["a".repeat(20), "a".repeat(20), "a".repeat(5)]);
  const tops: string[] = [];
  for (let n = 0; n < 6; n++) {
    tops.push(shown(20, 3)[0] as string);
    pager.scroll(1);
  }
  expect(tops).toEqual(["a".repeat(20), "a".repeat(20), "a".repeat(5), "short", "b".repeat(20), "b".repeat(5)]);
  pager.scroll(-3);
  expect(shown(20, 3)[0]).toBe("short");
  pager.end();
  expect(shown(20, 3)).toEqual(["b".repeat(20), "b".repeat(5), "end"]);
});

test("lines that arrive while the screen looks have their time, others have none; every row keeps its width", () => {
  open("old\n");
  pager.clock = true;
  appendFileSync(file, "new\n");
  pager.poll(new Date(2026, 0, 1, 14, 2, 10).getTime());
  expect(shown(30, 2)).toEqual(["         old", "14:02:10 new"]);
  expect(pager.rows(30, 2, "…").map(widthOf)).toEqual([30, 30]);
});

test("a search goes through the file in both directions, over chunk borders and without regard to case unless it has capitals", async () => {
  const line = `${"x".repeat(99)}\n`;
  // The needle lies across the end of the first chunk of a megabyte.
  const head = line.repeat(10_485);
  writeFileSync(
    file,
    `${head}${"y".repeat(1_048_576 - head.length - 3)}Needle here\n${line.repeat(20_000)}needle again\n`,
  );
  const signal = new AbortController().signal;
  const first = await findInFile(file, "needle", 0, "forward", signal);
  expect(first).toEqual({ kind: "found", lineOffset: head.length });
  const second = await findInFile(file, "needle", 1_048_580, "forward", signal);
  expect(second.kind === "found" && second.lineOffset).toBeGreaterThan(3_000_000);
  expect(await findInFile(file, "Needle", 1_048_580, "forward", signal)).toEqual({ kind: "none" });
  const back = second.kind === "found" ? second.lineOffset : 0;
  expect(await findInFile(file, "needle", back, "backward", signal)).toEqual(first);
  expect(await findInFile(file, "needle", head.length, "backward", signal)).toEqual({ kind: "none" });
  expect(await findInFile(file, "needle", 0, "forward", AbortSignal.abort())).toEqual({ kind: "cancelled" });
  pager.open(file);
  pager.poll();
  pager.goTo(back, "needle");
  expect(pager.rows(20, 1, "…")[0]).toContain("\u001b[7mneedle\u001b[27m again");
});
