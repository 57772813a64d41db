import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/runbook/index.ts";
import { formatDiagnostics } from "../../src/runbook/index.ts";

const base: Diagnostic = {
  severity: "error",
  code: "some-code",
  message: "something is wrong",
  mend: "write: something else",
  span: { file: "/home/ann/rb/x.yaml", line: 12, column: 5, length: 4 },
  line: "    abcd: e",
};

describe("a diagnostic as text", () => {
  test("shows place, problem, line, caret and mend", () => {
    expect(formatDiagnostics([base], { relativeTo: "/home/ann" })).toBe(
      [
        "rb/x.yaml:12:5: error: something is wrong [some-code]",
        "  12 |     abcd: e",
        "     |     ^^^^",
        "     = write: something else",
        "",
      ].join("\n"),
    );
  });

  test("keeps the caret under wide characters, tabs and combining marks", () => {
    const line = "\t請e\u0301 abcd";
    const shown = formatDiagnostics([{ ...base, line, span: { ...base.span, column: 6 } }]).split("\n");
    expect(shown[1]).toBe("  12 |   請e\u0301 abcd");
    expect(shown[2]).toBe("     |       ^^^^");
  });

  test("cuts long lines around the problem", () => {
    const line = `${"x".repeat(300)}abcd${"y".repeat(300)}`;
    const shown = formatDiagnostics([{ ...base, line, span: { ...base.span, column: 301 } }]).split("\n");
    expect(shown[1]?.length).toBeLessThan(120);
    expect(shown[1]?.slice(shown[2]?.indexOf("^"), (shown[2]?.indexOf("^") ?? 0) + 4)).toBe("abcd");
  });

  test("lets nothing in a file or message steer the terminal", () => {
    const evil = "\u001b]0;title\u0007\u001b[31m\u202eabc\u0000";
    const shown = formatDiagnostics([{ ...base, line: evil, message: evil, mend: evil }]);
    expect(shown).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  test("of a parameter has no line", () => {
    const { line: _line, ...rest } = base;
    expect(formatDiagnostics([rest])).toBe(
      "/home/ann/rb/x.yaml:12:5: error: something is wrong [some-code]\n  = write: something else\n",
    );
  });
});
