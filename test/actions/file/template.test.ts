import { describe, expect, test } from "vitest";
import { lineDifference } from "../../../src/actions/file/line-difference.ts";
import { renderTemplate } from "../../../src/actions/file/template.ts";
import type { Json } from "../../../src/domain/json.ts";

function render(template: string, values: { [name: string]: Json } = {}): string | string[] {
  const result = renderTemplate(template, values);
  return result.kind === "ok" ? result.text : result.problems.map(({ line, reason }) => `${line}: ${reason}`);
}

describe("a template", () => {
  test("is filled in without changing or escaping anything else", () => {
    const values = { a: "<&> $1", n: 18, big: "18446744073709551615", yes: true, map: { deep: [1, "x"] } };
    expect(render("  {{a}} {{ n }}\r\n{{big}} {{yes}}\t{{map.deep}}  \n", values)).toBe(
      '  <&> $1 18\r\n18446744073709551615 true\t[1,"x"]  \n',
    );
    expect(render("no tags, { braces } and ${ } stay\n")).toBe("no tags, { braces } and ${ } stay\n");
  });

  test("repeats a section for each item, and leaves no lines behind for its tags", () => {
    const template = "head\n  {{# peers }}\np2p-peer-address = {{ . }}\n{{/ peers }}\ntail\n";
    expect(render(template, { peers: ["a:1", "b:2"] })).toBe(
      "head\np2p-peer-address = a:1\np2p-peer-address = b:2\ntail\n",
    );
    expect(render(template, { peers: [] })).toBe("head\ntail\n");
    expect(render("{{#a}}\r\n{{x}}{{y}}\r\n{{/a}}\r\n", { a: [{ x: 1 }, { x: 2 }], y: "!" })).toBe("1!\r\n2!\r\n");
    expect(render("list:{{#a}} {{.}},{{/a}} end", { a: [1, 2] })).toBe("list: 1, 2, end");
    expect(render("{{#a}}\nlast\n{{/a}}", { a: [1] })).toBe("last\n");
  });

  test("shows a section once when its value is true, and the inverted one when it is empty", () => {
    const template = "{{#on}}yes{{/on}}{{^on}}no{{/on}}";
    expect([true, "x", 1, 0].map((on) => render(template, { on }))).toEqual(["yes", "yes", "yes", "yes"]);
    expect([false, "", null, []].map((on) => render(template, { on }))).toEqual(["no", "no", "no", "no"]);
  });

  test("may hold comments", () => {
    expect(render("a\n{{! explains\nitself }}\nb {{! here }}c\n")).toBe("a\nb c\n");
  });

  test("is refused with every unknown name and unbalanced section, each with its line", () => {
    expect(
      render("{{a}}\n{{ b.c }}\n\n{{# list }}\n{{ x }}\n{{/ list }}\n{{/ none }}\n{{# open }}\n", {
        b: {},
        list: [1, 2],
      }),
    ).toEqual([
      '1: no value for "a"',
      '2: no value for "b.c"',
      '5: no value for "x"',
      "7: {{/ none }} closes nothing: no section is open",
      "8: {{# open }} is not closed",
      '8: no value for "open"',
    ]);
    expect(render("{{ constructor }}{{ a.__proto__ }}", { a: {} })).toEqual([
      '1: no value for "constructor"',
      '1: no value for "a.__proto__"',
    ]);
  });
});

test("a difference shows the changed lines with one line of context", () => {
  expect(lineDifference("a\nb\nc\nd\n", "a\nb\nX\nd\n")).toEqual(["  b", "- c", "+ X", "  d"]);
  expect(lineDifference("", "a\n")).toEqual(["+ a", "  "]);
  expect(lineDifference("same\n", "same\n")).toEqual(["  "]);
});
