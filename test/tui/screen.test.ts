import fc from "fast-check";
import { expect, test } from "vitest";
import { failure } from "../../src/domain/failure.ts";
import { planOf } from "../../src/domain/plan.ts";
import type { Prompt, PromptPurpose } from "../../src/domain/prompt.ts";
import { freezeItems } from "../../src/domain/reduce-items.ts";
import { emptyState, type FanOutState, ITEM, newStep } from "../../src/domain/state.ts";
import { dialogFor } from "../../src/tui/dialog/dialog.ts";
import { dialogBox } from "../../src/tui/dialog/dialog-lines.ts";
import { type EditDialog, editKey } from "../../src/tui/dialog/edit.ts";
import type { Key } from "../../src/tui/key.ts";
import { footerText, helpLines, KEYS } from "../../src/tui/key-table.ts";
import { hintsFor } from "../../src/tui/run/diagnose.ts";
import { paintFan } from "../../src/tui/run/fan-canvas.ts";
import { Rates } from "../../src/tui/run/rates.ts";
import { paintSteps } from "../../src/tui/run/step-canvas.ts";
import { stepRows } from "../../src/tui/run/step-rows.ts";
import { viewOf } from "../../src/tui/run/view.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { ASCII, UNICODE } from "../../src/tui/theme.ts";
import { type Effect, INITIAL_UI, look, press, replied, type Surroundings, type Ui } from "../../src/tui/ui.ts";
import { runbookOf, stepOf } from "../engine/sim-runbook.ts";

const question = (change: Partial<Prompt>): Prompt => ({
  id: "drop#1",
  at: "drop",
  purpose: "confirm",
  severity: "plain",
  title: "drop the old data",
  text: "Not reversible. \u001b]2;title\u0007 古いデータ",
  command: "rm -rf /data/old",
  evidence: ["pid 1 gone", "log ends here"],
  expects: { kind: "approval" },
  hash: "h",
  ...change,
});
const severe = question({ severity: "severe", expects: { kind: "approval", typed: "web-2" } });
const doubt = question({
  purpose: "doubt",
  expects: {
    kind: "choice",
    choices: [
      { id: "done", label: "it did finish", needsReason: true },
      { id: "rerun", label: "run it again", needsReason: true },
      { id: "stop", label: "decide later", needsReason: false },
    ],
  },
});

const around = (prompts: readonly Prompt[], change: Partial<Surroundings> = {}): Surroundings => ({
  nowMs: 0,
  columns: 120,
  rows: 40,
  failed: [],
  waitingStep: undefined,
  fields: () => [],
  checkField: () => undefined,
  fan: undefined,
  waiting: prompts.length > 0,
  readOnly: false,
  live: true,
  hasLog: true,
  hasGrid: false,
  steps: ["a", "b", "c"],
  current: "b",
  prompts,
  readValue: (_spec, text) => (text ? { kind: "ok", value: text } : { kind: "failed", problem: "give a value" }),
  ...change,
});

const char = (text: string): Key => ({ kind: "char", text });
const named = (name: Extract<Key, { kind: "named" }>["name"]): Key => ({ kind: "named", name });

function typeAll(ui: Ui, keys: readonly Key[], now: Surroundings): { ui: Ui; effects: Effect[] } {
  const effects: Effect[] = [];
  for (const key of keys) {
    const pressed = press(ui, key, now);
    ui = pressed.ui;
    effects.push(...pressed.effects);
  }
  return { ui, effects };
}

const withDialog = (prompt: Prompt): Ui => ({ ...INITIAL_UI, dialog: dialogFor(prompt) });
const answersOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === "answer" ? [effect.answer] : []));
const text = (word: string): Key[] => [...word].map(char);

test("a question opens by itself and mutes the keys; put off, it opens again only when asked for", () => {
  const opened = look(INITIAL_UI, around([severe]));
  expect(opened.effects).toEqual([{ kind: "mute" }]);
  const later = press(opened.ui, named("esc"), around([severe])).ui;
  expect(look(later, around([severe])).ui.dialog).toBeUndefined();
  expect(press(later, named("enter"), around([severe])).ui.dialog?.kind).toBe("prompt");
});

test("enter on a fresh confirmation says no, and y moves the focus only where the question is plain", () => {
  expect(answersOf(typeAll(withDialog(question({})), [named("enter")], around([])).effects)).toEqual([
    { kind: "reject" },
  ]);
  const yes = [char("y"), named("enter")];
  expect(answersOf(typeAll(withDialog(question({})), yes, around([])).effects)).toEqual([{ kind: "approve" }]);
  const moderate = withDialog(question({ severity: "moderate" }));
  expect(answersOf(typeAll(moderate, yes, around([])).effects)).toEqual([{ kind: "reject" }]);
});

const long = question({
  severity: "severe",
  command: Array.from({ length: 30 }, (_, n) => `rm -rf /data/shard-${n}`).join("\n"),
  expects: { kind: "approval", typed: "web-2" },
});
const shownText = (ui: Ui, now: Surroundings): string =>
  (ui.dialog ? dialogBox(ui.dialog, now, UNICODE, now.columns, now.rows).lines : [])
    .map((line) => line.text)
    .join("\n");

test("a severe question takes no text before all of its command was on the screen, however small that is", () => {
  for (const [columns, rows] of [
    [80, 14],
    [40, 10],
    [24, 5],
    [20, 3],
  ] as const) {
    const now = around([long], { columns, rows });
    let ui = withDialog(long);
    const early = typeAll(ui, [...text("web-2"), named("enter")], now);
    expect(answersOf(early.effects)).toEqual([]);
    expect(early.ui.dialog).toMatchObject({ text: "" });
    const seen = new Set<string>();
    for (let pages = 0; pages < 400 && shownText(ui, now).includes("more to read"); pages++) {
      for (const line of shownText(ui, now).split("\n")) seen.add(line.replace(/[│╭╰╮╯─]/g, "").trim());
      ui = press(ui, named(pages % 2 ? "down" : "page-down"), now).ui;
    }
    for (const line of shownText(ui, now).split("\n")) seen.add(line.replace(/[│╭╰╮╯─]/g, "").trim());
    const words = [...seen].join(" ");
    for (let n = 0; n < 30; n++) expect(words, `${columns}x${rows}`).toMatch(new RegExp(`shard-${n}\\b`));
    const done = typeAll(ui, [...text("web-2"), named("enter")], now);
    expect(answersOf(done.effects), `${columns}x${rows}`).toEqual([{ kind: "approve", typed: "web-2" }]);
  }
});

test("a moderate confirmation shows its command before yes can be chosen; a window that is too small decides nothing", () => {
  const moderate = { ...long, severity: "moderate" as const, expects: { kind: "approval" as const } };
  const small = around([moderate], { columns: 60, rows: 12 });
  expect(answersOf(typeAll(withDialog(moderate), [named("tab"), named("enter")], small).effects)).toEqual([]);
  const pages = Array.from({ length: 12 }, () => named("page-down"));
  const read = typeAll(withDialog(moderate), [...pages, named("tab"), named("enter")], small);
  expect(answersOf(read.effects)).toEqual([{ kind: "approve" }]);
  const tiny = around([severe], { columns: 15, rows: 20 });
  expect(answersOf(typeAll(withDialog(severe), [...text("web-2"), named("enter")], tiny).effects)).toEqual([]);
});

test("the option with the focus is on the screen, however small that is", () => {
  const failed = question({
    purpose: "failure",
    expects: {
      kind: "choice",
      choices: ["retry", "skip", "stop"].map((id) => ({ id: id as "retry", label: id, needsReason: false })),
    },
  });
  const now = around([failed], { columns: 60, rows: 8 });
  let ui = withDialog(failed);
  for (const label of ["retry", "skip", "stop", "edit", "shell", "diagnose"]) {
    ui = press(ui, named("down"), now).ui;
    expect(shownText(ui, now)).toMatch(new RegExp(`▶ \\d .*${label}`));
  }
});

test("what was read counts no longer when the window's width breaks the lines anew", () => {
  const now = around([long], { columns: 80, rows: 14 });
  const half = press(withDialog(long), named("page-down"), now).ui;
  const narrow = typeAll(half, [...text("web-2"), named("enter")], { ...now, columns: 50 });
  expect(answersOf(narrow.effects)).toEqual([]);
});

test("nothing is preselected for an attempt in doubt, and its answers need a reason", () => {
  const now = around([doubt]);
  expect(answersOf(typeAll(withDialog(doubt), [named("enter")], now).effects)).toEqual([]);
  const asked = typeAll(withDialog(doubt), [char("2"), named("enter"), named("enter")], now);
  expect(answersOf(asked.effects)).toEqual([]);
  const given = typeAll(asked.ui, [...text("looked"), named("enter")], now);
  expect(answersOf(given.effects)).toEqual([{ kind: "choose", choice: "rerun", reason: "looked" }]);
});

test("values and notes are written, pasted and refused with a reason", () => {
  const input = question({
    purpose: "input",
    expects: { kind: "value", spec: { type: "string", optional: false } },
  });
  const empty = typeAll(withDialog(input), [named("enter")], around([input]));
  expect(empty.ui.dialog).toMatchObject({ note: "give a value" });
  const pasted = typeAll(empty.ui, [{ kind: "paste", text: "a\nb" }, named("enter")], around([input]));
  expect(answersOf(pasted.effects)).toEqual([{ kind: "value", value: "a b" }]);
  const manual = question({ purpose: "manual", expects: { kind: "manual" } });
  const keys = [named("down"), named("enter"), ...text("ok"), named("enter")];
  expect(answersOf(typeAll(withDialog(manual), keys, around([manual])).effects)).toEqual([
    { kind: "manual", done: true, note: "ok" },
  ]);
});

test("an answer that was not taken can be given again, and an answer from elsewhere closes the question", () => {
  const sent = typeAll(withDialog(question({})), [named("enter")], around([question({})])).ui;
  expect(replied(sent, "drop#1", "no longer open").dialog).toMatchObject({ sent: false });
  const gone = look(withDialog(severe), around([]));
  expect(gone.ui.dialog).toBeUndefined();
  expect(gone.ui.note).toContain("answered elsewhere");
});

test("ctrl-c warns, then stops after the step, then ends what runs", () => {
  const keys = [named("ctrl-c"), named("ctrl-c"), named("ctrl-c")];
  expect(typeAll(withDialog(severe), keys, around([severe])).effects).toEqual([
    { kind: "stop", stop: "after-step" },
    { kind: "stop", stop: "now" },
  ]);
});

test("every key of the table is unique, and the help tells why a key does nothing now", () => {
  const keys = KEYS.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(helpLines(around([])).join("\n")).toContain("not now: no question is waiting");
  expect(footerText(around([]))).not.toContain("answer");
  expect(footerText(around([severe]))).toContain("enter answer");
});

const fields = ["workers", "from"].map((name) => ({ name, hint: "integer", before: "1", text: "2", problem: "" }));

const anyKey = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."webno-2 yYjkqfgG?123".split("")).map(char) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("enter", "esc", "tab", "up", "down", "backspace", "ctrl-u", "ctrl-l" as const)
      .map((name) => named(name as never)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("web-2", "web-2\r", "y").map((pasted): Key => ({ kind: "paste", text: pasted })),
  },
);

test("no sequence of keys approves a severe question unless its text was typed key by key", () => {
  const now = around([severe]);
  let approvals = 0;
  const run = fc.array(fc.oneof({ weight: 9, arbitrary: anyKey.map((key) => [key]) }, fc.constant(text("web-2"))));
  fc.assert(
    fc.property(run, (keys) => {
      let ui = look(INITIAL_UI, now).ui;
      // What was written key by key since the question opened, kept apart from the code under test.
      let written: string[] = [];
      for (const key of keys.flat()) {
        const asked = ui.dialog?.kind === "prompt" && !ui.dialog.sent;
        const { ui: next, effects } = press(ui, key, now);
        for (const answer of answersOf(effects)) {
          if (answer.kind !== "approve") continue;
          approvals++;
          expect(written.join("")).toBe("web-2");
        }
        if (!asked) written = [];
        else if (key.kind === "char") written.push(key.text);
        else if (key.kind === "named" && key.name === "backspace") written.pop();
        else if (key.kind === "named" && (key.name === "ctrl-u" || key.name === "esc")) written = [];
        ui = next;
      }
    }),
    { numRuns: 10_000 },
  );
  expect(approvals).toBeGreaterThan(0);
});

function demo() {
  const leaf = { kind: "confirm" } as const;
  const group = stepOf("group", { kind: "group", parallel: false, steps: [stepOf("inner", leaf)] });
  const runbook = runbookOf([stepOf("first", leaf), group], { name: "demo" });
  const state = emptyState();
  state.steps.set("first", newStep("first", 1_000));
  state.pins = { cluster: "prod-\u001b[31mred" };
  return { plan: planOf(runbook, {}, "sha", () => "f"), state };
}

test("every size from 1x1 to 200x60 is laid out without a throw, each row exactly as wide as its place", () => {
  const { plan, state } = demo();
  const rows = stepRows(plan, state);
  const source = { runId: "r-1", plan, state, progressOf: () => undefined };
  const purposes: PromptPurpose[] = ["confirm", "failure", "pilot", "step", "input", "manual"];
  const dialogs: Ui["dialog"][] = [
    undefined,
    { kind: "help", top: 3 },
    { kind: "leave", focus: 0 },
    dialogFor(severe),
    dialogFor(doubt),
    ...purposes.map((purpose) => dialogFor(question({ purpose }))),
    dialogFor(question({ severity: "severe", command: `rm ${"/data/very/long ".repeat(300)}` })),
    { kind: "waiting", at: "drop", title: "drop", text: "exit code 3", focus: 1 },
    { kind: "text", title: "DIAGNOSIS", lines: ["one", "two ".repeat(100)], top: 2, back: undefined },
    { kind: "edit", fields, focus: 1, review: undefined, note: "", back: undefined },
    { kind: "edit", fields, focus: 1, review: { yes: true }, note: "", back: undefined },
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...dialogs),
      fc.boolean(),
      (columns, height, dialog, ascii) => {
        const glyphs = ascii ? ASCII : UNICODE;
        const ui: Ui = { ...INITIAL_UI, dialog };
        const view = viewOf(
          { source, ui, situation: around([]), glyphs, nowMs: 2_000, logLabel: "first" },
          columns,
          height,
        );
        for (const line of [...view.header, ...view.footer]) expect(widthOf(line)).toBe(columns);
        for (const { text: line } of view.dialog?.lines ?? []) expect(widthOf(line)).toBe(view.dialog?.width);
        expect((view.dialog?.lines.length ?? 0) + (view.dialog?.y ?? 0)).toBeLessThanOrEqual(height);
        expect((view.dialog?.width ?? 0) + (view.dialog?.x ?? 0)).toBeLessThanOrEqual(columns);
        expect([...view.header, ...view.footer].join("")).not.toContain("\u001b");
        if (!view.steps) return;
        const painted = paintSteps({ rows, selected: 0, nowMs: 2_000, glyphs }, view.steps.width, view.steps.height);
        expect(painted.map(widthOf)).toEqual(Array(view.steps.height).fill(view.steps.width));
      },
    ),
    { numRuns: 1_500 },
  );
});

function fanned(count: number) {
  const { plan, state } = demo();
  const step = newStep("group", 1_000);
  const keys = Array.from({ length: count }, (_, n) => `era-${n}`);
  freezeItems(step, {
    type: "items-frozen",
    at: "group",
    from: 0,
    items: keys.map((key) => ({ key, value: key })),
    complete: true,
    concurrency: 4,
    maxFailures: 9,
    pilot: 0,
  });
  const fan = step.fan as FanOutState;
  fan.status = Uint8Array.from(keys, (_, n) => n % 5);
  if (count > 1) fan.active.add(1);
  if (count > 3) fan.failures.set(3, failure("exit-code", "exit code 1"));
  state.steps.set("group", step);
  return { plan, state, fan };
}

test("the items of a fan-out are drawn at every size, each row exactly as wide as its place, however many there are", () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
    count: fc.constantFrom(0, 1, 2, 7, 500, 20_000),
    mode: fc.constantFrom("grid" as const, "table" as const, "bars" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    ascii: fc.boolean(),
  });
  const made = new Map([0, 1, 2, 7, 500, 20_000].map((count) => [count, fanned(count)]));
  fc.assert(
    fc.property(sizes, ({ columns, rows, count, mode, at, ascii }) => {
      const { state, fan } = made.get(count) as ReturnType<typeof fanned>;
      const rates = new Rates();
      const cursor = Math.floor(at * Math.max(0, count - 1));
      const ui = { at: "group", mode, cursor, inItem: false };
      const progressOf = () => ({ done: 3, total: 10, unit: "blocks" });
      const glyphs = ascii ? ASCII : UNICODE;
      const painted = paintFan({ state, fan, ui, glyphs, nowMs: 2_000, rates, progressOf }, columns, rows);
      expect(painted.map(widthOf)).toEqual(Array(rows).fill(columns));
    }),
    { numRuns: 1_000 },
  );
});

test("a cell of the grid shows the worst of its items, and what is slow is named among the bars", () => {
  const { state, fan } = fanned(100);
  fan.status.fill(ITEM.done);
  fan.status[57] = ITEM.failed;
  const rates = new Rates();
  const picture = {
    state,
    fan,
    glyphs: ASCII,
    nowMs: 9_000,
    rates,
    progressOf: (n: number) => ({ done: n === 10 ? 90 : 10, total: 100, unit: "blk" }),
  };
  const grid = paintFan({ ...picture, ui: { at: "group", mode: "grid", cursor: 0, inItem: false } }, 10, 8);
  const cells = grid.slice(2, 7).join("");
  expect(cells.replace(/\u001b\[[\d;]*m/g, "")).toBe(`${"#".repeat(28)}x${"#".repeat(21)}`);
  fan.active = new Set([10, 11, 12]);
  for (const position of fan.active) fan.status[position] = ITEM.active;
  for (let second = 0; second < 5; second++) {
    for (const [position, rate] of [
      [10, 100],
      [11, 100],
      [12, 10],
    ] as const) {
      rates.note(`group\nera-${position}`, second * rate, second * 1_000);
    }
  }
  const bars = paintFan({ ...picture, ui: { at: "group", mode: "bars", cursor: 11, inItem: false } }, 110, 12).join(
    "\n",
  );
  expect(bars).toContain("80 % between the first and the last (era-11)");
  expect(bars).toMatch(/era-12 .*10 blk\/s ETA 00:09 slow/);
  expect(bars).toMatch(/era-10 .*100 blk\/s/);
});

test("diagnosis says what exit codes and common words mean", () => {
  expect(hintsFor(127, [])[0]).toContain("not found");
  expect(hintsFor(1, ["write: No space left on device"])).toEqual(["a disk is full: df -h, df -i"]);
  expect(hintsFor(0, ["all is well"])).toEqual([]);
});

test("edited parameters are checked while they are written, and nothing happens before their difference was agreed to", () => {
  let dialog: EditDialog = { kind: "edit", fields, focus: 0, review: undefined, note: "", back: undefined };
  const check = (_name: string, value: string) => (/^\d+$/.test(value) ? undefined : "a whole number belongs here");
  const type = (...keys: Key[]) => {
    let step: ReturnType<typeof editKey> = { kind: "dialog", dialog };
    for (const key of keys) {
      step = editKey(dialog, key, check);
      if (step.kind === "dialog" && step.dialog?.kind === "edit") dialog = step.dialog;
    }
    return step;
  };
  type(char("x"), named("enter"));
  expect(dialog.note).toBe("workers: a whole number belongs here");
  type(named("backspace"), named("enter"));
  expect(dialog.review).toEqual({ yes: false });
  expect(type(named("enter")).kind).toBe("dialog");
  expect(dialog.review).toBeUndefined();
  expect(type(named("enter"), named("down"), named("enter"))).toEqual({
    kind: "retry-with",
    changes: [
      { name: "workers", before: "1", after: "2" },
      { name: "from", before: "1", after: "2" },
    ],
  });
});
