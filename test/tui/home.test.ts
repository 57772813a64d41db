import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { screenPage, views, withKeyTables } from "../../scripts/screen-keys.ts";
import { HOME_KEYS } from "../../src/tui/home/home-keys.ts";
import { homeItems, paintHome, standWords } from "../../src/tui/home/home-rows.ts";
import { questionOf } from "../../src/tui/home/open-run.ts";
import type { BookEntry, RunEntry, Stand, Standing } from "../../src/tui/shell/app-source.ts";
import { footerOf, helpOf } from "../../src/tui/shell/binding.ts";
import { dialogBoxOf, dialogKey, pageDialog } from "../../src/tui/shell/page-dialog.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { ASCII, UNICODE } from "../../src/tui/theme.ts";

const run = (runId: string, stand: Stand, change: Partial<RunEntry> = {}): RunEntry => ({
  runId,
  runbook: "deploy",
  file: "/books/deploy.yaml",
  lab: false,
  by: "ann",
  startedMs: 0,
  changedMs: 252_000,
  stand,
  needsYou: stand.kind !== "running" && stand.kind !== "ended",
  counts: { done: 1, skipped: 0, failed: 0 },
  ...change,
});
const book = (name: string, title = ""): BookEntry => ({
  name,
  file: `/books/${name}.yaml`,
  title,
  description: "Moves 古いデータ\u001b]2;title\u0007 about.",
  shipped: false,
  lab: true,
});
const runs = [
  run("r-1", { kind: "asks", at: "drop", title: "Drop it?", why: "typed", live: true }),
  run("r-2", { kind: "doubt", at: "swap\u001b[2J", live: false }, { lab: true }),
  run("r-3", { kind: "running", at: "copy", done: 2, total: 6 }),
  run("r-4", { kind: "ended", result: "done", exitCode: 0 }),
];
const books = [book("deploy", "Deploy to ${{ params.host }}"), book("restore")];

test("the home screen has what needs somebody first, then what runs, then runbooks with how they went last", () => {
  const items = homeItems({ runs, books, filter: "" });
  expect(items.map((item) => item.section)).toEqual(["needs", "needs", "running", "books", "books"]);
  expect(items[3]).toMatchObject({ last: { runs: 4, run: { runId: "r-4" } } });
  expect(items[4]).toMatchObject({ last: undefined });
  expect(homeItems({ runs, books, filter: "DOUBT" }).map((item) => item.id)).toEqual(["run r-2"]);
});

test("every size of the home screen has rows of exactly its width, and nothing untrusted acts", () => {
  const items = homeItems({ runs, books, filter: "" });
  for (const glyphs of [UNICODE, ASCII]) {
    for (const [width, height] of [
      [30, 5],
      [44, 9],
      [80, 24],
      [120, 40],
      [200, 60],
    ] as const) {
      for (const selected of [0, 2, 4]) {
        const picture = { items, selected, booksKnown: true, filter: "", filtering: false, nowMs: 1e7, glyphs };
        const rows = paintHome(picture, width, height);
        expect(rows).toHaveLength(height);
        for (const row of rows) expect(widthOf(row), `${width}x${height}: ${row}`).toBe(width);
        expect(rows.join("")).not.toMatch(/\u001b(?!\[[\d;]*m)/);
      }
    }
  }
});

test("the ASCII home screen has no other character", () => {
  const plain = { ...run("r-9", { kind: "interrupted" }) };
  const items = homeItems({ runs: [plain], books: [{ ...book("a"), description: "About a." }], filter: "" });
  const picture = { items, selected: 0, booksKnown: true, filter: "", filtering: false, nowMs: 1e7, glyphs: ASCII };
  expect(paintHome(picture, 100, 30).join("")).toMatch(/^[\u001b\u0020-\u007e]*$/);
});

test("an empty home screen says what to do next", () => {
  const picture = { items: [], selected: 0, booksKnown: true, filter: "", filtering: false, nowMs: 0, glyphs: UNICODE };
  expect(paintHome(picture, 80, 24).join("\n")).toContain("runsheet new NAME writes a starter");
  expect(paintHome({ ...picture, filter: "x" }, 80, 24).join("\n")).toContain("esc shows all");
});

test("what can be done about a run begins with doing nothing, and other surroundings want their value typed", () => {
  const standing = (stand: Stand): Standing => ({
    runId: "r-1",
    runbook: "deploy",
    file: "/books/deploy.yaml",
    stand,
    facts: [],
    lastLines: [],
    secrets: [],
    change: undefined,
  });
  const stands: Stand[] = [
    { kind: "interrupted" },
    { kind: "failed", at: "copy", message: "exit 3", ended: true },
    { kind: "context", name: "cluster", expected: "staging", actual: "production" },
  ];
  for (const stand of stands) {
    const dialog = pageDialog(questionOf(standing(stand)));
    expect(standWords(stand)).not.toBe("");
    expect(dialogKey(dialog, { kind: "named", name: "enter" })).toEqual({ kind: "end", option: "leave" });
  }
  let dialog = pageDialog(questionOf(standing(stands[2] as Stand)));
  const press = (text: string): void => {
    for (const char of text) {
      const step = dialogKey(dialog, char === "\r" ? { kind: "named", name: "enter" } : { kind: "char", text: char });
      if (step.kind === "stay") dialog = step.dialog;
      else throw new Error(`ended with ${step.option}`);
    }
  };
  press("3\rprod\r");
  expect(dialog.note).toContain("does not match");
  const pasted = dialogKey(dialog, { kind: "paste", text: "uction" });
  expect(pasted).toMatchObject({ kind: "stay", dialog: { text: "prod" } });
  expect(() => press("uction\r")).toThrow("ended with accept-context");
});

test("dialogs of views fit into every size and keep their choices in sight", () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index} 古い`);
  const dialog = pageDialog({
    title: "Start?",
    lines,
    options: [
      { id: "no", label: "No" },
      { id: "yes", label: "Yes" },
    ],
  });
  for (let columns = 1; columns <= 200; columns += 13) {
    for (let rows = 1; rows <= 60; rows += 7) {
      const box = dialogBoxOf(dialog, UNICODE, columns, rows);
      expect(box.lines.length + box.y).toBeLessThanOrEqual(rows);
      for (const line of box.lines) expect(widthOf(line.text)).toBe(box.width);
      if (rows >= 8 && columns >= 30) expect(box.lines.map((line) => line.text).join("\n")).toContain("2  Yes");
    }
  }
});

test("footer and help of a view come from its key table", () => {
  const whyNot = (command: string) => (command === "plan" ? "nothing is selected" : undefined);
  expect(footerOf(HOME_KEYS, whyNot)).toContain("enter open");
  expect(footerOf(HOME_KEYS, whyNot)).not.toContain("p plan");
  expect(helpOf(HOME_KEYS, whyNot).join("\n")).toContain("(not now: nothing is selected)");
});

test("docs/screen.md has every view's keys as the program has them; node scripts/screen-keys.ts writes them", () => {
  const page = readFileSync(screenPage, "utf8");
  expect(withKeyTables(page)).toBe(page);
  for (const view of views) expect(page).toContain(`<!-- keys of ${view} -->`);
});
