import { EventEmitter } from "node:events";
import type { ReadStream } from "node:tty";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Prompt } from "../../src/domain/prompt.ts";
import type { Key } from "../../src/tui/key.ts";
import { Input } from "../../src/tui/terminal/input.ts";
import { INITIAL_UI, look, press, type Surroundings, type Ui } from "../../src/tui/ui.ts";

const typed = "web-2";
const severe: Prompt = {
  id: "drop#1",
  at: "drop",
  purpose: "confirm",
  severity: "severe",
  title: "drop the old data",
  text: "Not reversible.",
  command: Array.from({ length: 12 }, (_, n) => `rm -rf /data/${n}`).join("\n"),
  evidence: [],
  expects: { kind: "approval", typed },
  hash: "h",
};
const moderate: Prompt = { ...severe, id: "drop#2", severity: "moderate", expects: { kind: "approval" } };

const around = (prompt: Prompt, columns: number, rows: number): Surroundings => ({
  nowMs: 0,
  columns,
  rows,
  waiting: true,
  readOnly: false,
  live: true,
  hasLog: true,
  hasGrid: false,
  steps: ["a", "drop"],
  failed: [],
  current: "drop",
  prompts: [prompt],
  waitingStep: undefined,
  fields: () => [],
  checkField: () => undefined,
  fan: undefined,
  readValue: (_spec, text) => ({ kind: "ok", value: text }),
});

/** What fingers, cats and slow lines send: letters, escape sequences, pastes, replies of the terminal, controls. */
const bytes = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(..."web-2yYnN12 jkqa\r\t\u007f\u0015".split("")) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "\u001b",
      "\u001b[A",
      "\u001b[B",
      "\u001b[6~",
      "\u001bOB",
      "\u001b[I",
      "\u001b[O",
      "\u001b[27u",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\u001b[200~web-2\r\u001b[201~",
      "\u001b[200~y\r",
      "\u001b]0;web-2\u0007",
      "\u001b[24;80R",
      "\u001bPx\u001b\\",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(typed, `${typed}\r`, "y\r", "\u001b[B\r", "é", "\u0000", "\u001b[20") },
);

/** Ink's names for what our input layer hands over. */
function keyOf(chunk: string): Key | undefined {
  const paste = /^\u001b\[200~([\s\S]*)\u001b\[201~$/.exec(chunk);
  if (paste) return { kind: "paste", text: paste[1] as string };
  const named: { readonly [text: string]: string } = {
    "\r": "enter",
    "\t": "tab",
    "\u007f": "backspace",
    "\u0015": "ctrl-u",
    "\u001b[27u": "esc",
    "\u001b[A": "up",
    "\u001b[B": "down",
    "\u001bOB": "down",
    "\u001b[6~": "page-down",
  };
  if (named[chunk]) return { kind: "named", name: named[chunk] as never };
  return chunk.startsWith("\u001b") || chunk < " " ? undefined : { kind: "char", text: chunk };
}

test("ten thousand random sequences of bytes, cut anywhere, approve nothing that was not read and typed key by key", () => {
  let approvals = 0;
  let heard = 0;
  const runs = fc.record({
    sent: fc.array(bytes, { minLength: 8, maxLength: 40 }),
    cuts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 }),
    prompt: fc.constantFrom(severe, moderate),
    columns: fc.integer({ min: 10, max: 120 }),
    rows: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(runs, ({ sent, cuts, prompt, columns, rows }) => {
      const input = new Input(Object.assign(new EventEmitter(), { isTTY: true }) as unknown as ReadStream, 1);
      input.open();
      const now = around(prompt, columns, rows);
      let ui: Ui = look(INITIAL_UI, now).ui;
      let written = "";
      const stream = sent.join("");
      for (let at = 0, n = 0; at < stream.length; n++) {
        const size = cuts[n % cuts.length] as number;
        input.feed(stream.slice(at, at + size));
        at += size;
        for (let chunk = input.read(); chunk !== null; chunk = input.read()) {
          const key = keyOf(chunk as string);
          if (!key) continue;
          heard++;
          const before = ui.dialog?.kind === "prompt" ? ui.dialog : undefined;
          const pressed = press(ui, key, now);
          for (const effect of pressed.effects) {
            if (effect.kind !== "answer" || effect.answer.kind !== "approve") continue;
            approvals++;
            // Enter did it, in a dialog whose text had been on the screen to its end.
            expect(key).toEqual({ kind: "named", name: "enter" });
            expect(columns).toBeGreaterThanOrEqual(20);
            expect(before?.prompt.severity === "severe" ? written : typed).toBe(typed);
            expect(before && (before.seen === "all" || rows >= 20)).toBe(true);
          }
          const after = pressed.ui.dialog?.kind === "prompt" ? pressed.ui.dialog : undefined;
          if (!after || after.text === "") written = "";
          else if (key.kind === "char" && after.text.length > written.length) written += key.text;
          else if (key.kind === "named" && key.name === "backspace") written = written.slice(0, -1);
          ui = pressed.ui;
        }
      }
      input.destroy();
    }),
    { numRuns: 10_000, verbose: 1 },
  );
  expect(heard).toBeGreaterThan(50_000);
  expect(approvals).toBeGreaterThan(0);
});
