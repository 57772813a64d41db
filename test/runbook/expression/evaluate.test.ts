import { describe, expect, test } from "vitest";
import type { Value } from "../../../src/domain/value.ts";
import { runbookOf, withSteps } from "../rig.ts";
import { evaluate, expressions, nothing, templateOf } from "./rig.ts";

describe("expressions", () => {
  test.each<[string, Value]>([
    ["1 + 2 * 3", 7],
    ["9007199254740993 + 0", 9007199254740993n],
    ["9007199254740993 - 9007199254740992", 1],
    ["7 / 2", 3],
    ["7.0 / 2", 3.5],
    ["1 + 0.5", 1.5],
    ["5 == 5.0", true],
    ["'a' + 'b'", "ab"],
    ["[1, 'two', 3.5]", [1, "two", 3.5]],
    ['json(\'{"n": 9007199254740993, "f": 2.5}\')', { n: 9007199254740993n, f: 2.5 }],
    ["json('[1, 2]')[1] + 1", 3],
    ["lines('a\\r\\nb\\n\\nc\\n')", ["a", "b", "", "c"]],
    ["lines('')", []],
    [
      'csv(\'name,size\\n"a,""b",1\\n\\nc,2\')',
      [
        { name: 'a,"b', size: "1" },
        { name: "c", size: "2" },
      ],
    ],
    ["csv('x;y', ['only'])", [{ only: "x;y" }]],
    ["basename('/a/b/c.txt')", "c.txt"],
    ["basename('/a/b/')", "b"],
    ["basename('/')", "/"],
    ["duration('1h30m')", 5_400_000],
    ["duration('5s') * 3", 15_000],
    ["duration('2d') > duration('47h')", true],
    ["string(duration('90m'))", "90m"],
    ["timestamp('2026-01-01T00:00:00Z') + duration('1s')", "2026-01-01T00:00:01.000Z"],
    ["now() > timestamp('2020-01-01T00:00:00Z')", true],
    ["range(3)", [0, 1, 2]],
    ["range(5, 0, -2)", [5, 3, 1]],
    ["range(0)", []],
    ["'a.b.a'.replace('a', 'x')", "x.b.x"],
    ['quote("it\'s")', "'it'\\''s'"],
    ["'aaa'.matches('^a+$')", true],
    ["[3, 1].map(x, x * 2).filter(x, x > 2)", [6]],
    ["string([1, 'a'])", '[1,"a"]'],
    ["{'a': 1}.a", 1],
  ])("%s", (expression, value) => {
    expect(evaluate(expression)).toEqual(value);
  });

  test("values of the scope are seen with their types", () => {
    const params = { n: 5, big: 9007199254740993n, f: 2.5, s: "x", l: [1, 2], m: { a: { b: 1 } }, none: null };
    expect(evaluate("params.n + 1", { params })).toBe(6);
    expect(evaluate("params.big + 1", { params })).toBe(9007199254740994n);
    expect(evaluate("params.f * 2", { params })).toBe(5);
    expect(evaluate("params.l + [3]", { params })).toEqual([1, 2, 3]);
    expect(evaluate("params.m.a.b", { params })).toBe(1);
    expect(evaluate("params.none == null", { params })).toBe(true);
    expect(evaluate("has(params.n) && !has(params.missing)", { params })).toBe(true);
    expect(evaluate("'a' in params.m && size(params.m) == 1", { params })).toBe(true);
  });

  test("steps are found by ids with dashes, words and digits", () => {
    const outputs = { ok: true, outputs: { n: 3 } };
    const steps = { "sign-in": outputs, import: outputs, "2nd-try": outputs, plain: outputs };
    for (const id of Object.keys(steps)) expect(evaluate(`steps.${id}.outputs.n - 1`, { steps })).toBe(2);
    expect(evaluate("steps['sign-in'].ok", { steps })).toBe(true);
  });

  test("what the loader rewrote is found as well", async () => {
    const text = withSteps(
      ["sign-in", "in", "x_41", "2nd"]
        .map((id) => `- { id: ${id}, effect: read, run: x, outputs: { n: "\${{ stdout }}" } }`)
        .join("\n") +
        '\n- { id: t, manual: "${{ has(steps.sign-in.outputs.n) }} ${{ steps.in.outputs.n + steps.x_41.outputs.n + steps.2nd.outputs.n }}" }',
    );
    const body = (await runbookOf(text)).steps.at(-1)?.body;
    const step = { outputs: { n: "v" } };
    const steps = { "sign-in": step, in: step, x_41: step, "2nd": step };
    expect(body?.kind === "manual" && expressions.text(body.instruction, { ...nothing, steps })).toEqual({
      kind: "ok",
      value: "true vvv",
    });
  });

  test("a fan-out is looked at by key and as a whole", () => {
    const items = { "a b": { ok: true, outputs: { load: "1" } }, c: { ok: false, outputs: { load: "2" } } };
    const steps = { fan: { ok: false, counts: { done: 1, failed: 1, total: 2 }, items } };
    expect(evaluate("steps.fan.items['a b'].outputs.load", { steps })).toBe("1");
    expect(evaluate("steps.fan.items.map(k, steps.fan.items[k].outputs.load)", { steps })).toEqual(["1", "2"]);
    expect(evaluate("steps.fan.items.all(k, steps.fan.items[k].ok)", { steps })).toBe(false);
    expect(evaluate("steps.fan.counts.failed > 0", { steps })).toBe(true);
  });

  test("only what an expression looks at is worked out", () => {
    let looked = 0;
    const scope = {
      ...nothing,
      steps: {
        get expensive(): Value {
          looked++;
          return { ok: true };
        },
      },
    };
    expect(expressions.value(templateOf("${{ 1 + 1 }}"), scope)).toEqual({ kind: "ok", value: 2 });
    expect(looked).toBe(0);
  });

  test("lazy maps behind a proxy work like others", () => {
    const proxy = new Proxy(Object.create(null), {
      get: (_, key) => (key === "a" ? { ok: true } : undefined),
      has: (_, key) => key === "a",
      ownKeys: () => ["a"],
      getOwnPropertyDescriptor: (_, key) =>
        key === "a" ? { value: { ok: true }, enumerable: true, configurable: true } : undefined,
    });
    expect(evaluate("steps.a.ok && has(steps.a.ok) && 'a' in steps && !('b' in steps)", { steps: proxy })).toBe(true);
  });

  test("what cannot be worked out is a failure with expression, place and reason", () => {
    const result = expressions.value(templateOf("${{ steps.look.outputs.id + 1 }}"), {
      ...nothing,
      steps: { look: { outputs: {} } },
    });
    expect(result).toMatchObject({
      kind: "failed",
      failure: {
        code: "expression",
        message: 'cannot work out ${{ steps.look.outputs.id + 1 }} (/rb/test.yaml:3:7): there is no "id"',
        hint: expect.stringContaining("has(steps.look.outputs.id)"),
        retryable: false,
      },
    });
  });

  test.each([
    "1 / 0",
    "'a' + 1",
    "json('{')",
    "params.nothing",
    "nothing.at.all",
    "duration('5')",
    "[1][5]",
    "1 +",
    "range(100000000)",
    "csv('a,b\\n1,2,3')",
    "1.0 / 0.0",
    "'x'.matches('(')",
    `${"(".repeat(500)}1${")".repeat(500)}`,
  ])("%.40s fails without throwing", (expression) => {
    expect(evaluate(expression)).toMatchObject({ failed: expect.any(String) });
  });

  test("a pattern that would match for ages is stopped", () => {
    expect(evaluate(`'${"a".repeat(40)}b'.matches('^(a+)+$')`)).toMatchObject({
      failed: expect.stringContaining("too long"),
    });
  });

  test("a template of one hole keeps its type, any other is text", () => {
    const scope = { ...nothing, params: { n: 5, l: ["a"], big: 9007199254740993n } };
    expect(expressions.value(templateOf("${{ params.n }}"), scope)).toEqual({ kind: "ok", value: 5 });
    expect(expressions.value(templateOf(" ${{ params.n }}"), scope)).toEqual({ kind: "ok", value: " 5" });
    expect(expressions.text(templateOf("${{ params.l }} of ${{ params.big }}"), scope)).toEqual({
      kind: "ok",
      value: '["a"] of 9007199254740993',
    });
  });

  test("a place that wants a duration reads text and milliseconds", () => {
    const at = (source: string, params = {}) =>
      expressions.value(templateOf(source, { as: "duration" }), { ...nothing, params });
    expect(at("${{ '15m' }}")).toEqual({ kind: "ok", value: 900_000 });
    expect(at("${{ params.n }}m", { n: 3 })).toEqual({ kind: "ok", value: 180_000 });
    expect(at("${{ params.ms }}", { ms: 1500 })).toEqual({ kind: "ok", value: 1500 });
    expect(at("${{ 'soon' }}")).toMatchObject({ kind: "failed", failure: { code: "expression-type" } });
  });

  test("a condition that is not true or false fails", () => {
    expect(expressions.condition(templateOf("${{ 'yes' }}"), nothing)).toMatchObject({ kind: "failed" });
    expect(expressions.condition(templateOf("${{ 1 < 2 }}"), nothing)).toEqual({ kind: "ok", value: true });
  });

  test("trees are filled in at every depth", () => {
    const tree = {
      kind: "map",
      entries: [
        [
          "a",
          {
            kind: "list",
            items: [
              { kind: "template", template: templateOf("${{ 1 + 1 }}") },
              { kind: "literal", value: null },
            ],
          },
        ],
        ["__proto__", { kind: "literal", value: 1 }],
      ],
    } as const;
    const result = expressions.tree(tree, nothing);
    expect(result.kind === "ok" && JSON.stringify(result.value)).toBe('{"a":[2,null],"__proto__":1}');
  });

  test("parameters declared as number and duration behave as such, whatever their value", async () => {
    const head = "params: { rate: { type: number, default: 5 }, window: { type: duration, default: 90s } }\n";
    const { steps } = await runbookOf(
      withSteps('- { id: a, manual: "${{ params.rate / 2 }} ${{ params.window }} ${{ params.window * 2 }}" }', head),
    );
    const body = steps[0]?.body;
    const scope = { ...nothing, params: { rate: 5, window: 90_000 } };
    expect(body?.kind === "manual" && expressions.text(body.instruction, scope)).toEqual({
      kind: "ok",
      value: "2.5 90s 3m",
    });
  });

  test("answers of type number and duration do too", async () => {
    const { steps } = await runbookOf(
      withSteps(
        `- { id: ask, input: { question: How much?, type: number } }
- { id: wait, input: { question: How long?, type: duration } }
- { id: tell, manual: "\${{ steps.ask.outputs.value / 2 }} \${{ steps.wait.outputs.value }}" }`,
      ),
    );
    const body = steps[2]?.body;
    const answers = { ask: { outputs: { value: 5 } }, wait: { outputs: { value: 60_000 } } };
    expect(body?.kind === "manual" && expressions.text(body.instruction, { ...nothing, steps: answers })).toEqual({
      kind: "ok",
      value: "2.5 1m",
    });
  });
});

describe("no name reaches the prototype of anything", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": "c"}') as Value;

  test.each([
    "params.__proto__",
    "params['__proto__']",
    "params.constructor.constructor",
    "params.toString",
    "'x'.constructor",
    "params.hasOwnProperty('a')",
    "json('{}').__proto__.polluted",
    "[1].constructor",
    "item.__defineGetter__",
  ])("%s", (expression) => {
    const result = evaluate(expression, { params: { a: 1 }, item: {} });
    expect(result).toMatchObject({ failed: expect.any(String) });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("hostile keys of data are plain keys", () => {
    const result = evaluate("item", { item: hostile });
    expect(Object.keys(result as object)).toEqual(["__proto__", "constructor"]);
    const parsed = evaluate(`json('{"__proto__": {"polluted": true}}')`);
    expect(Object.keys(parsed as object)).toEqual(["__proto__"]);
    expect(evaluate(`json('{"__proto__": {"polluted": true}}')['__proto__'].polluted`)).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
