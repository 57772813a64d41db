import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadRunbook } from "../../src/runbook/index.ts";
import { codesOf, loadText, runbookOf, testActions, testOptions, withSteps } from "./rig.ts";

const scratch = mkdtempSync(join(tmpdir(), "runsheet-load-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(scratch, name), text);
  return join(scratch, name);
}

describe("loading a runbook", () => {
  test("the runbook with every construct of the language is valid, without a warning", async () => {
    const path = join(import.meta.dirname, "fixtures", "every-construct.yaml");
    const loaded = await loadRunbook(path, testOptions);
    expect(loaded.kind === "invalid" ? loaded.diagnostics : loaded.warnings).toEqual([]);
    if (loaded.kind === "invalid") return;
    expect(loaded.runbook.steps.map(({ body }) => body.kind)).toEqual(
      expect.arrayContaining([
        ...["run", "uses", "confirm", "input", "manual", "assert", "wait", "wait-until", "group", "call", "service"],
        "stop-service",
      ]),
    );
  });

  test("shorthands and long forms give the same step", async () => {
    const short = await runbookOf(
      withSteps(
        "- { id: a, run: ./x, guard: ./g, verify: ./v, retry: 3, undo: ./u, confirm: Sure? }\n- { id: b, wait: 1h }",
      ),
    );
    const long = await runbookOf(
      withSteps(
        `- id: a
  run: ./x
  guard: { run: ./g, timeout: 60s }
  verify: { run: ./v, every: 5s, within: 0s }
  retry: { attempts: 3, delay: 1s, backoff: 2, maxDelay: 1m }
  undo: { run: ./u }
  confirm: { message: Sure? }
- { id: b, wait: 60m }`,
      ),
    );
    expect(withoutSpans(short.steps)).toEqual(withoutSpans(long.steps));
  });

  test("a step says nothing and gets the defaults that protect", async () => {
    const { steps } = await runbookOf(
      withSteps("- { id: a, run: ./x, onInterrupt: ask }\n- { id: b, run: ./x, effect: read }"),
    );
    expect(steps[0]).toMatchObject({ effect: "mutate", onFailure: "ask", onInterrupt: "ask", idempotent: false });
    expect(steps[0]?.retry.attempts).toBe(1);
    expect(steps[1]).toMatchObject({ effect: "read", onInterrupt: "rerun" });
  });

  test("an interrupted step is settled by what its author declared", async () => {
    const { steps } = await runbookOf(
      withSteps(
        "- { id: a, run: ./x, verify: ./v }\n- { id: b, run: ./x, idempotent: true }\n- { id: c, run: ./x, guard: ./g }",
      ),
    );
    expect(steps.map(({ onInterrupt }) => onInterrupt)).toEqual(["probe", "rerun", "probe"]);
  });

  test("an action gives the step its effect unless the author says otherwise", async () => {
    const { steps } = await runbookOf(
      withSteps("- { id: a, uses: test.destroy, confirm: Sure? }\n- { id: b, uses: test.repeatable, effect: read }"),
    );
    expect(steps.map(({ effect }) => effect)).toEqual(["destroy", "read"]);
  });

  test("a group has the strongest effect of its steps", async () => {
    const { steps } = await runbookOf(
      withSteps(
        "- id: g\n  steps:\n    - { id: a, run: ./x, effect: read }\n    - { id: b, run: ./x, idempotent: true }",
      ),
    );
    expect(steps[0]?.effect).toBe("mutate");
  });

  test("integers beyond 2^53 are exact wherever they stand", async () => {
    const { params, steps } = await runbookOf(
      withSteps(
        "- { id: a, uses: test.repeatable, with: {} }\n- id: b\n  forEach: { items: [9007199254740993], key: '${{ item }}' }\n  manual: x",
        "params: { n: { type: integer, default: 9007199254740993 } }\n",
      ),
    );
    expect(params.n?.default).toEqual({ kind: "literal", value: 9007199254740993n });
    expect(steps[1]?.forEach?.items).toEqual({
      kind: "literal",
      values: [{ kind: "literal", value: 9007199254740993n }],
    });
  });

  test("positions point at the expression inside a block of text", async () => {
    const text = withSteps("- id: a\n  effect: read\n  run: |\n    if true; then\n      echo ${{ parms.x }}\n    fi");
    const loaded = await loadText(text);
    if (loaded.kind === "ok") throw new Error("expected a problem");
    const [{ span, line = "" }] = loaded.diagnostics as [(typeof loaded.diagnostics)[number]];
    expect(line.slice(span.column - 1, span.column - 1 + span.length)).toBe("parms");
    expect(span.line).toBe(8);
  });

  test("the content may be given, as resume does with the stored copy", async () => {
    const loaded = await loadText(withSteps("- { id: a, manual: x }"), {}, "/nowhere/at/all.yaml");
    expect(loaded).toMatchObject({ kind: "ok", runbook: { file: "/nowhere/at/all.yaml" } });
  });

  test("a file that cannot be read is a diagnostic, not an exception", async () => {
    const loaded = await loadRunbook(join(scratch, "missing.yaml"), testOptions);
    expect(loaded).toMatchObject({ kind: "invalid", diagnostics: [{ code: "unreadable-file" }] });
  });

  test("the digest is that of the bytes, and with calls it covers every file", async () => {
    const inner = withSteps("- { id: a, manual: x }");
    const path = file("inner.yaml", inner);
    const alone = await loadRunbook(path, testOptions);
    expect(alone).toMatchObject({ sha256: createHash("sha256").update(inner).digest("hex"), calls: [] });

    const outer = file("outer.yaml", withSteps("- { id: a, call: ./inner.yaml }"));
    const before = await loadRunbook(outer, testOptions);
    writeFileSync(path, `${inner}# changed\n`);
    const after = await loadRunbook(outer, testOptions);
    if (before.kind !== "ok" || after.kind !== "ok") throw new Error("expected both to be valid");
    expect(before.calls.map((call) => call.file)).toEqual([path]);
    expect(before.sha256).not.toBe(after.sha256);
    expect(before.bytes).toEqual(after.bytes);
  });

  test("called runbooks may come from the stored copies too", async () => {
    const stored = new Map([["/rb/inner.yaml", withSteps("- { id: a, manual: x }")]]);
    const loaded = await loadText(withSteps("- { id: a, call: inner.yaml }"), {
      included: (path) => new TextEncoder().encode(stored.get(path)),
    });
    expect(loaded).toMatchObject({
      kind: "ok",
      runbook: { steps: [{ body: { kind: "call", runbook: { name: "test" } } }] },
    });
  });

  test("a call may take the same runbook many times without growing beyond all bounds", async () => {
    const calls = (name: string) =>
      Array.from({ length: 20 }, (_, i) => `- { id: c${i}, call: ./${name}.yaml }`).join("\n");
    file("leaf.yaml", withSteps("- { id: a, manual: x }"));
    file("l1.yaml", withSteps(calls("leaf")));
    file("l2.yaml", withSteps(calls("l1")));
    file("l3.yaml", withSteps(calls("l2")));
    file("l4.yaml", withSteps(calls("l3")));
    const loaded = await loadRunbook(file("l5.yaml", withSteps(calls("l4"))), testOptions);
    const codes = loaded.kind === "invalid" ? loaded.diagnostics.map(({ code }) => code) : [];
    expect(new Set(codes)).toEqual(new Set(["too-many-steps"]));
  });

  test("calls that are nested too deeply are refused", async () => {
    for (let i = 0; i < 12; i++) file(`deep${i}.yaml`, withSteps(`- { id: a, call: ./deep${i + 1}.yaml }`));
    file("deep12.yaml", withSteps("- { id: a, manual: x }"));
    const loaded = await loadRunbook(join(scratch, "deep0.yaml"), testOptions);
    expect(loaded).toMatchObject({ kind: "invalid", diagnostics: [{ code: "call-depth" }] });
  });

  test("what a caller gives is read by the type of the parameter", async () => {
    const inner = withSteps("- { id: a, manual: x }", "params: { w: { type: duration }, s: { type: size }, t: {} }\n");
    const loaded = await loadText(withSteps("- { id: a, call: ./i.yaml, with: { w: 5m, s: 2KiB, t: 1.10 } }"), {
      included: () => new TextEncoder().encode(inner),
    });
    if (loaded.kind === "invalid") throw new Error("expected it to be valid");
    const body = loaded.runbook.steps[0]?.body;
    expect(body?.kind === "call" && body.with).toEqual([
      ["w", { kind: "literal", value: 300_000 }],
      ["s", { kind: "literal", value: 2048 }],
      ["t", { kind: "literal", value: "1.10" }],
    ]);
  });

  test("plugins are asked for the actions that are not built in", async () => {
    const text = withSteps("- { id: a, uses: mine.act }", "plugins: [./mine.js]\n");
    const asked: string[] = [];
    const loaded = await loadText(text, {
      loadPlugins: (modules) => {
        asked.push(...modules);
        return Promise.resolve({
          actions: [{ ...(testActions[2] as (typeof testActions)[number]), kind: "mine.act" }],
          problems: [],
        });
      },
    });
    expect(loaded.kind).toBe("ok");
    expect(asked).toEqual(["/rb/mine.js"]);
  });

  test("a plugin that cannot be loaded is reported where it is named", async () => {
    const text = withSteps("- { id: a, manual: x }", "plugins: [./mine.js]\n");
    const problems = [{ module: "/rb/mine.js", why: "no such file" }];
    expect(await codesOf(text, { loadPlugins: () => Promise.resolve({ actions: [], problems }) })).toEqual(["plugin"]);
  });

  test("--lenient turns missing reasons into warnings, and nothing else", async () => {
    const text = withSteps("- { id: a, run: ./x }\n- { id: b, effect: destroy, run: ./x, idempotent: true }");
    expect(await codesOf(text)).toEqual(["no-reason", "destroy-unconfirmed"]);
    const loaded = await loadText(withSteps("- { id: a, run: ./x }"), { lenient: true });
    expect(loaded).toMatchObject({ kind: "ok", warnings: [{ code: "no-reason", severity: "warning" }] });
    expect((await loadText(text, { lenient: true })).kind).toBe("invalid");
  });

  test("inner steps see outer ones, and the nearest of the same name wins", async () => {
    const ok = withSteps(
      `- { id: a, effect: read, run: echo, outputs: { x: "\${{ stdout }}" } }
- id: g
  steps:
    - { id: b, effect: read, run: "echo \${{ steps.a.outputs.x }}", outputs: { y: "\${{ stdout }}" } }
    - id: h
      steps:
        - { id: a, effect: read, run: echo, outputs: { z: "\${{ stdout }}" } }
        - { id: c, effect: read, run: "echo \${{ steps.a.outputs.z }} \${{ steps.b.outputs.y }}" }`,
    );
    expect(await codesOf(ok)).toEqual([]);
    expect(await codesOf(ok.replace("steps.a.outputs.z", "steps.a.outputs.x"))).toEqual(["unknown-output"]);
  });

  test("names that JavaScript treats specially are refused or harmless", async () => {
    const text = withSteps(
      "- { id: constructor, uses: test.repeatable, with: { __proto__: { polluted: 1 } } }\n- { id: b, manual: '${{ steps.constructor.ok }} ${{ steps.toString.ok }}' }",
    );
    expect(await codesOf(text)).toEqual(["unknown-key", "unknown-step"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, entry: unknown) => (key === "span" ? undefined : entry)));
}
