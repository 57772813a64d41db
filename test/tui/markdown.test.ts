import fc from "fast-check";
import { expect, test } from "vitest";
import type { BoxLine } from "../../src/tui/dialog/body.ts";
import { markdownLines } from "../../src/tui/dialog/markdown.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";

/** Lines with their bold parts in <b> and code in <c>. */
function drawn(text: string, { width = 60, exact = false } = {}): string[] {
  return markdownLines(text, width, exact, 10_000).map(({ text: line, spans = [] }: BoxLine) => {
    let out = "";
    let at = 0;
    for (const { from, to, strong, code } of spans) {
      const name = `${strong ? "b" : ""}${code ? "c" : ""}`;
      out += `${line.slice(at, from)}<${name}>${line.slice(from, to)}</${name}>`;
      at = to;
    }
    return out + line.slice(at);
  });
}

test("bold, code and headings of a question are drawn", () => {
  expect(drawn("## Before\nStop **all writers** on `web-2`, then **wait (2 min).**")).toEqual([
    "<b>Before</b>",
    "Stop <b>all writers</b> on <c>web-2</c>, then <b>wait (2 min).</b>",
  ]);
  expect(drawn("**run `df -h`**")).toEqual(["<b>run </b><bc>df -h</bc>"]);
});

test("lists keep their shape when they are wrapped, and fenced blocks are code", () => {
  expect(drawn("1. look at the dashboard **first**\n   - then go on", { width: 18 })).toEqual([
    "1. look at the",
    "   dashboard <b>first</b>",
    "   - then go on",
  ]);
  expect(drawn("do\n```sh\nrm **/*.log\n```\ndone")).toEqual(["do", "<c>rm **/*.log</c>", "done"]);
});

test("stars in names of files are not taken for bold", () => {
  for (const text of ["rm **/*.log and **/x**", "a**b**c", "2 ** 3 ** 4", "src/**/test.**", "__init__ and _x_"]) {
    expect(drawn(text)).toEqual([text]);
  }
});

test("a question about something dangerous keeps every character that was written", () => {
  const text = "# Drop **all** of `prod`\n```\nrm x\n```\n- **now**";
  expect(drawn(text, { exact: true })).toEqual([
    "<b># Drop **all** of `prod`</b>",
    "<c>```</c>",
    "<c>rm x</c>",
    "<c>```</c>",
    "- <b>**now**</b>",
  ]);
});

const pieces = fc.constantFrom(
  "**",
  "`",
  "a",
  "word ",
  " ",
  "\n",
  "- ",
  "1. ",
  "# ",
  "```",
  "界",
  "\u001b]2;x\u0007",
  ".",
);
const anyText = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(""));

test("whatever is written, no line is too wide, nothing but text comes through, and an exact one loses only blanks", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 2, max: 40 }), fc.boolean(), (text, width, exact) => {
      const made = markdownLines(text, width, exact, 10_000);
      for (const { text: line, spans = [] } of made) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\u0000-\u001f]/);
        for (const { from, to } of spans) expect(0 <= from && from < to && to <= line.length).toBe(true);
      }
      const letters = (all: string): string => all.replace(/\s+/g, "");
      const shown = letters(made.map((line) => line.text).join(""));
      if (exact) expect(shown).toBe(letters(text.replaceAll("\u001b]2;x\u0007", "")));
    }),
    { seed: Date.now(), numRuns: 500 },
  );
});
