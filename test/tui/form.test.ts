import { expect, test } from "vitest";
import { readParamValue } from "../../src/runbook/index.ts";
import { paintForm } from "../../src/tui/form/form-rows.ts";
import {
  allVisited,
  type FormState,
  formKey,
  newForm,
  problemOf,
  valuesOf,
  withLastValues,
} from "../../src/tui/form/form-state.ts";
import type { Key } from "../../src/tui/key.ts";
import type { BookSource, Field } from "../../src/tui/shell/app-source.ts";
import { widthOf } from "../../src/tui/terminal/width.ts";
import { ASCII, UNICODE } from "../../src/tui/theme.ts";

const readValue: BookSource["readValue"] = (spec, text) => {
  const read = readParamValue(spec, text, "/here");
  return read.kind === "ok"
    ? { kind: "ok", value: read.value }
    : { kind: "failed", problem: `${read.message}; ${read.mend}` };
};
const field = (name: string, spec: Partial<Field["spec"]>, change: Partial<Field> = {}): Field => ({
  name,
  spec: { type: "string", optional: false, ...spec },
  declared: false,
  about: "What it is\u001b[31m about.",
  defaultText: undefined,
  lastText: undefined,
  required: true,
  byLab: "no",
  ...change,
});
const fields = [
  field("host", { enum: ["web-1", "web-2"] }, { byLab: "given" }),
  field("window", { type: "duration" }, { required: false, defaultText: "15m", lastText: "2h" }),
  field("token", { type: "secret" }),
];

function typed(form: FormState, keys: readonly (string | Key)[]): FormState {
  for (const key of keys) {
    const pressed: Key =
      typeof key !== "string"
        ? key
        : key.length === 1
          ? { kind: "char", text: key }
          : { kind: "named", name: key as never };
    form = formKey(form, pressed) ?? form;
  }
  return form;
}
const problems = (form: FormState) => form.fields.map((one) => problemOf(form, one, readValue));
const picture = (form: FormState) => ({
  form,
  glyphs: UNICODE,
  readValue,
  intro: ["About"],
  goLabel: "go",
  problems: [],
});

test("a field is checked by the language while it is written", () => {
  const wrong = typed(newForm(fields, false), ["down", "1", "5"]);
  expect(problems(wrong)).toEqual([
    "needs a value",
    expect.stringContaining("write the unit: 15s, 15m"),
    "needs a value",
  ]);
  expect(paintForm(picture(wrong), 120, 30).join("\n")).toContain("write the unit");
  expect(problems(typed(wrong, ["m"]))[1]).toBeUndefined();
});

test("left and right choose among the allowed values, and text has a cursor", () => {
  const form = typed(newForm(fields, false), [
    "right",
    "right",
    "down",
    "1",
    "m",
    "home",
    "3",
    "end",
    "backspace",
    "h",
  ]);
  expect(valuesOf(form)).toMatchObject({ host: "web-2", window: "31h" });
  expect(valuesOf(typed(form, ["ctrl-u"])).window).toBe("");
});

test("last values are offered and never filled in by themselves; a secret has none and is not shown", () => {
  const form = newForm(fields, false);
  expect(valuesOf(form).window).toBe("");
  expect(paintForm(picture(typed(form, ["down"])), 120, 30).join("\n")).toContain("last time: 2h (ctrl-y takes it)");
  expect(valuesOf(typed(form, ["down", "ctrl-y"])).window).toBe("2h");
  expect(valuesOf(withLastValues(form))).toMatchObject({ window: "2h", token: "" });
  const secret = typed(form, ["down", "down", { kind: "paste", text: "hunter2secret" }]);
  expect(valuesOf(secret).token).toBe("hunter2secret");
  expect(paintForm(picture(secret), 120, 30).join("\n")).not.toContain("hunter2");
});

test("a form that is handed in too early shows every problem and goes to the first", () => {
  const form = typed(newForm(fields, true), ["down", "down", "down"]);
  const shown = allVisited(form, (one) => problemOf(form, one, readValue));
  expect(shown.focus).toBe(1);
  expect(
    paintForm(picture(shown), 120, 30)
      .join("\n")
      .match(/needs a value/g),
  ).toHaveLength(3);
});

test("in a practice run the lab gives its parameters", () => {
  const form = typed(newForm(fields, true), [" "]);
  expect(form.practice).toBe(true);
  expect(Object.keys(valuesOf(form))).toEqual(["window", "token"]);
  expect(paintForm(picture(form), 120, 30).join("\n")).toContain("given by the lab");
});

test("every size of the form has rows of exactly its width", () => {
  const form = typed(newForm(fields, true), ["down", "down", ..."15 a very long text of forty characters"]);
  for (const glyphs of [UNICODE, ASCII]) {
    for (let width = 30; width <= 200; width += 17) {
      for (let height = 3; height <= 60; height += 9) {
        const rows = paintForm({ ...picture(form), glyphs }, width, height);
        expect(rows).toHaveLength(height);
        for (const row of rows) expect(widthOf(row), `${width}x${height}: ${JSON.stringify(row)}`).toBe(width);
      }
    }
  }
});
