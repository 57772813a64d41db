import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench } from "../rig/runsheet.ts";

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.remove());

const book = (steps: string) => `runsheet: 1\nname: demo\ntitle: Demo\nsteps:\n${steps}`;
const asking = book(`  - id: sure
    confirm: { message: Go on? }
  - id: typed
    confirm: { message: Really?, type: web-2 }
  - id: count
    input: { question: How many?, type: integer }
  - id: last
    assert: \${{ steps.count.outputs.value == 3 }}
`);

describe("batch answers", () => {
  test("an answer file answers everything, and the run ends without a terminal", async () => {
    const answers = bench.file("answers.yaml", "sure: approve\ntyped: { approve: web-2 }\ncount: { value: 3 }\n");
    const run = await bench.run([
      "run",
      bench.file("a.yaml", asking),
      "--run-id",
      "a",
      "--answers",
      answers,
      "--json",
      "--quiet",
    ]);
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ run: "a", exitCode: 0 });
  });

  test("--yes never passes a typed confirmation; the message is the command that does", async () => {
    const run = await bench.run(["run", bench.file("b.yaml", asking), "--run-id", "b", "--yes"]);
    expect(run.code).toBe(5);
    expect(run.stderr).toContain('next: runsheet answer b typed --approve --type "web-2"');
  });

  test("answers given later by the answer verb are taken up by resume, and wrong ones refused", async () => {
    const wrong = await bench.run(["answer", "b", "typed", "--approve", "--type", "web-1"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("type exactly: web-2");
    expect((await bench.run(["answer", "b", "typed", "--approve", "--type", "web-2"])).code).toBe(0);
    const resumed = await bench.run(["resume", "b"]);
    expect(resumed.code).toBe(5);
    expect(resumed.stderr).toContain("runsheet answer b count --value VALUE");
    expect((await bench.run(["answer", "b", "count", "--value", "three"])).code).toBe(2);
    expect((await bench.run(["answer", "b", "count", "--value", "3"])).code).toBe(0);
    expect((await bench.run(["resume", "b"])).code).toBe(0);
  });

  test("--approve names steps, typed ones with their text", async () => {
    const args = ["--approve", "sure", "--approve", "typed=web-2"];
    const run = await bench.run(["run", bench.file("c.yaml", asking), "--run-id", "c", ...args]);
    expect(run.code).toBe(5);
    expect((await bench.status("c")).steps.map(({ at, state }) => `${at} ${state}`)).toEqual([
      "sure done",
      "typed done",
      "count asking",
    ]);
  });
});

describe("looking at runs", () => {
  test("--events is every event as a JSON line, the first and the last included", async () => {
    const run = await bench.run([
      "run",
      bench.file("e.yaml", book("  - id: a\n    effect: read\n    run: echo a\n")),
      "--run-id",
      "e",
      "--events",
      "--quiet",
    ]);
    const events = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; type: string });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]?.type).toBe("run-created");
    expect(events.at(-1)?.type).toBe("run-ended");
  });

  test("runs, status, logs and report say what happened, for people and as JSON", async () => {
    const runs = JSON.parse((await bench.run(["runs", "--json"])).stdout) as { runs: { runId: string }[] };
    expect(runs.runs.map(({ runId }) => runId)).toContain("e");
    expect((await bench.run(["status", "e"])).stdout).toContain("ended: done");
    expect((await bench.run(["logs", "e", "--step", "a"])).stdout).toBe("a\n");
    expect((await bench.run(["report", "e"])).stdout).toContain("# demo: e");
    expect((await bench.run(["state", "verify", "e"])).stdout).toContain("ok");
  });

  test("what a command printed comes back byte for byte, and harmless unless asked raw", async () => {
    const text = book(
      "  - id: wild\n    effect: read\n    run: \"printf 'a\\\\033]0;title\\\\007b\\\\000c\\\\377\\\\n'\"\n",
    );
    expect((await bench.run(["run", bench.file("w.yaml", text), "--run-id", "w"])).code).toBe(0);
    const raw = spawnSync(
      process.execPath,
      [join(import.meta.dirname, "../../src/main.ts"), "logs", "w", "--step", "wild", "--raw"],
      {
        env: { ...process.env, XDG_STATE_HOME: bench.state },
      },
    );
    expect(raw.stdout).toEqual(Buffer.from("a\u001b]0;title\u0007b\0c\xff\n", "latin1"));
    const shown = (await bench.run(["logs", "w", "--step", "wild"])).stdout;
    expect(shown).not.toMatch(/[\u0000\u0007\u001b]/);
  });

  test("more than a pipe holds reaches a slow reader whole", async () => {
    const text = "runsheet: 1\nname: long\nparams: { note: { type: string } }\nsteps: [{ id: a, assert: true }]\n";
    const note = "x".repeat(1_000_000);
    const params = bench.file("params.yaml", `note: ${note}\n`);
    await bench.run(["run", bench.file("long.yaml", text), "--run-id", "long", "--quiet", "--params", params]);
    const main = join(import.meta.dirname, "../../src/main.ts");
    const child = spawn(process.execPath, [main, "status", "long", "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, XDG_STATE_HOME: bench.state },
    });
    // A program that does not wait for its reader has ended by then; on a slow machine nothing has been printed yet.
    await Promise.race([once(child, "exit"), setTimeout(1_000)]);
    let printed = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) printed += chunk;
    expect((JSON.parse(printed) as { params: { note: string } }).params.note).toBe(note);
  });

  test("a run that is not there is said to be not there, with the command that lists them", async () => {
    const gone = await bench.run(["status", "nowhere"]);
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain("next: runsheet runs");
    expect(
      (
        await bench.run([
          "run",
          bench.file("x.yaml", book("  - id: a\n    assert: ${{ true }}\n")),
          "--run-id",
          "../../x",
        ])
      ).code,
    ).toBe(73);
    expect(existsSync(join(bench.dir, "x"))).toBe(false);
  });
});

describe("authoring", () => {
  test("new writes a runbook that validates and can be planned without touching the world", async () => {
    expect((await bench.run(["new", "my-book"])).code).toBe(0);
    expect((await bench.run(["validate", "my-book.yaml"])).code).toBe(0);
    const again = await bench.run(["new", "my-book"]);
    expect(again.code).toBe(2);
    const plan = await bench.run([
      "plan",
      bench.file(
        "p.yaml",
        book(
          '  - id: a\n    effect: read\n    run: touch planned\n    outputs: { x: "${{ stdout }}" }\n  - id: b\n    idempotent: true\n    run: echo ${{ steps.a.outputs.x }}\n',
        ),
      ),
    ]);
    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain("touch planned");
    expect(plan.stdout).toContain("2 steps");
    expect(existsSync(join(bench.dir, "planned"))).toBe(false);
  });

  test("plan --probe carries out what only reads, and knows its outputs afterwards", async () => {
    const text = book(
      '  - id: a\n    effect: read\n    run: echo found\n    outputs: { x: "${{ stdout }}" }\n  - id: b\n    idempotent: true\n    run: use ${{ steps.a.outputs.x }}\n',
    );
    const plan = await bench.run(["plan", bench.file("q.yaml", text), "--probe", "--json"]);
    const { rows } = JSON.parse(plan.stdout) as { rows: { at: string; would: string[]; grade: string }[] };
    expect(rows.map(({ at, grade }) => `${at} ${grade}`)).toEqual(["a native", "b not simulated"]);
    expect(rows[1]?.would[0]).toMatch(/use '?found'?/);
  });

  test("validate reports every problem at once, with line, caret and mend, and exits 2", async () => {
    const bad = book("  - id: a\n    rum: echo\n  - id: b\n    effect: destroy\n    run: rm -rf x\n    timeout: 5\n");
    const said = await bench.run(["validate", bench.file("bad.yaml", bad)]);
    expect(said.code).toBe(2);
    expect(said.stdout).toContain("bad.yaml:6:5");
    expect(said.stdout).toContain("^^^");
    expect(said.stdout).toContain("run");
    const json = JSON.parse((await bench.run(["validate", "bad.yaml", "--json"])).stdout) as {
      files: { diagnostics: unknown[] }[];
    };
    expect(json.files[0]?.diagnostics.length).toBeGreaterThan(2);
  });

  test("an unknown verb or flag is refused with what was meant", async () => {
    const verb = await bench.run(["resum"]);
    expect(verb.code).toBe(2);
    expect(verb.stderr).toContain("resume");
    expect((await bench.run(["runs", "--jsn"])).code).toBe(2);
  });

  test("schema prints what is checked in for editors", async () => {
    const printed = (await bench.run(["schema"])).stdout;
    const checkedIn = readFileSync(join(import.meta.dirname, "../../schema/runbook.schema.json"), "utf8");
    expect(JSON.parse(printed)).toEqual(JSON.parse(checkedIn));
  });
});

describe("a changed runbook", () => {
  const text = (a: string, b: string) =>
    book(`  - id: a\n    idempotent: true\n    run: ${a}\n  - id: b\n    idempotent: true\n    run: ${b}\n`);

  test("a finished step that reads differently is refused with the difference until it is accepted by name", async () => {
    await bench.run(["run", bench.file("old.yaml", text("echo a", "exit 3")), "--run-id", "ch"]);
    bench.file("new.yaml", text("echo aa", "true"));
    const refused = await bench.run(["resume", "ch", "--with", "new.yaml"]);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toMatch(/changed +a +\(finished\)/);
    expect(refused.stderr).toContain("--accept-changed 'a'");
    const accepted = await bench.run(["resume", "ch", "--with", "new.yaml", "--accept-changed", "a"]);
    expect(accepted.code, accepted.stderr).toBe(0);
    expect((await bench.status("ch")).steps.map(({ at, attempts }) => `${at} ${attempts}`)).toEqual(["a 1", "b 2"]);
  });

  test("steps are known by their names: a step put in front of a finished one is run", async () => {
    await bench.run(["run", bench.file("o2.yaml", text("echo a", "exit 3")), "--run-id", "ch2"]);
    bench.file(
      "n2.yaml",
      book(
        "  - id: first\n    idempotent: true\n    run: touch inserted\n  - id: a\n    idempotent: true\n    run: echo a\n  - id: b\n    idempotent: true\n    run: true\n",
      ),
    );
    expect((await bench.run(["resume", "ch2", "--with", "n2.yaml"])).code).toBe(0);
    expect(existsSync(join(bench.dir, "inserted"))).toBe(true);
  });
});
