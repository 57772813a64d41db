import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InProcess, story } from "../rig/in-process.ts";

let bench: InProcess;
beforeEach(() => {
  bench = new InProcess();
});
afterEach(() => bench.remove());

const book = (steps: string, head = ""): string => `runsheet: 1\nname: t\ntitle: t\n${head}steps:\n${steps}`;

/** A killed process may stay as a zombie until its parent looks. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("retry and timeout", () => {
  test("a failing command is tried again as often as allowed, and its last try counts", async () => {
    const run = await bench.runText(
      book(`  - id: flaky
    idempotent: true
    retry: { attempts: 3, delay: 1ms }
    run: 'test -f tried-twice && exit 0; test -f tried && touch tried-twice; touch tried; exit 7'
`),
    );
    expect(story(run.events)).toEqual([
      "flaky attempt 1",
      "flaky failed",
      "flaky retry",
      "flaky attempt 2",
      "flaky failed",
      "flaky retry",
      "flaky attempt 3",
      "flaky done",
    ]);
    expect(run.outcome.exitCode).toBe(0);
  });

  test("only the named exit codes are tried again", async () => {
    const run = await bench.runText(
      book(`  - id: wrong
    idempotent: true
    retry: { attempts: 3, delay: 1ms, onExit: [9] }
    run: exit 7
`),
    );
    expect(story(run.events).filter((word) => word.includes("attempt"))).toEqual(["wrong attempt 1"]);
    expect(run.outcome.exitCode).toBe(1);
  });

  test("a timeout ends the command with everything that it started", async () => {
    const run = await bench.runText(
      book(`  - id: hangs
    idempotent: true
    timeout: 300ms
    run: '(sleep 60; touch late) & echo $! > child; sleep 60'
`),
    );
    expect(run.outcome.exitCode).toBe(1);
    expect(run.outcome.summary).toContain("timeout");
    const child = Number(readFileSync(join(bench.dir, "child"), "utf8"));
    expect(isRunning(child)).toBe(false);
  });
});

describe("guard, verify and when", () => {
  test("a guard that says already done skips the work", async () => {
    const run = await bench.runText(
      book(`  - id: make
    guard: { run: test -f there }
    run: touch there; echo ran >> runs
  - id: again
    guard: { run: test -f there }
    run: echo ran >> runs
`),
    );
    expect(readFileSync(join(bench.dir, "runs"), "utf8")).toBe("ran\n");
    expect(run.state.steps.get("again")?.phase).toMatchObject({ kind: "ended", result: { how: "guard" } });
  });

  test("a guard that breaks stops the run instead of guessing", async () => {
    const run = await bench.runText(book(`  - id: make\n    guard: { run: exit 2 }\n    run: touch made\n`));
    expect(run.outcome.exitCode).toBe(1);
    expect(existsSync(join(bench.dir, "made"))).toBe(false);
    expect(run.outcome.summary).toContain("guard");
  });

  test("a step counts as done only when its verify says so, asked until it does", async () => {
    const run = await bench.runText(
      book(`  - id: make
    run: '(sleep 0.2; touch ready) &'
    verify: { run: test -f ready, every: 20ms, within: 20s }
`),
    );
    expect(run.outcome.exitCode).toBe(0);
  });

  test("a verify that says no fails the step although its command ended well", async () => {
    const run = await bench.runText(book(`  - id: make\n    run: true\n    verify: { run: test -f never }\n`));
    expect(run.outcome.exitCode).toBe(1);
    expect(run.outcome.summary).toContain("verify says no");
  });

  test("a step whose condition is false is skipped and says why", async () => {
    const run = await bench.runText(
      book(
        `  - id: no
    when: \${{ params.go }}
    idempotent: true
    run: touch no
  - id: seen
    assert: \${{ steps.no.skipped }}
`,
        "params: { go: { type: boolean, default: false } }\n",
      ),
    );
    expect(run.outcome.exitCode).toBe(0);
    expect(existsSync(join(bench.dir, "no"))).toBe(false);
  });
});

describe("outputs", () => {
  test("stdout, JSON, expressions of a pattern and files are given to later steps", async () => {
    writeFileSync(join(bench.dir, "facts.json"), '{"big": 9007199254740993}');
    const run = await bench.runText(
      book(`  - id: ask
    effect: read
    run: 'echo "{\\"name\\": \\"web-2\\", \\"n\\": [1, 2]}"; echo version=1.4.2 >&2'
    outputs:
      all: \${{ stdout }}
      name: { json: name }
      second: { json: "n[1]" }
      version: { regex: "version=(\\\\S+)", from: stderr }
      facts: { file: facts.json, as: json }
  - id: use
    assert: \${{ steps.ask.outputs.name == 'web-2' && steps.ask.outputs.version == '1.4.2' && steps.ask.outputs.facts.big == 9007199254740993 && steps.ask.outputs.second == 2 }}
`),
    );
    expect(run.outcome.summary).toContain("done");
    expect(run.outcome.exitCode).toBe(0);
  });
});

describe("questions", () => {
  test("a destroying step asks, and a no stops the run before anything happens", async () => {
    const text = book(`  - id: wipe
    effect: destroy
    onInterrupt: ask
    confirm: { message: "everything goes", type: web-2 }
    run: touch wiped
`);
    const no = await bench.runText(text, { answer: () => ({ kind: "reject", reason: "not today" }) });
    expect(no.outcome.exitCode).toBe(1);
    expect(existsSync(join(bench.dir, "wiped"))).toBe(false);
    expect(no.prompts[0]).toMatchObject({ purpose: "confirm", severity: "severe", command: "touch wiped" });
    const wrong = await bench.carryOn({ answer: () => ({ kind: "approve", typed: "web-1" }) });
    expect(wrong.outcome.exitCode).toBe(5);
    expect(existsSync(join(bench.dir, "wiped"))).toBe(false);
    const yes = await bench.carryOn({ answer: () => ({ kind: "approve", typed: "web-2" }) });
    expect(yes.outcome.exitCode).toBe(0);
    expect(existsSync(join(bench.dir, "wiped"))).toBe(true);
  });

  test("an input is checked, a manual step keeps its note, and both are remembered", async () => {
    const run = await bench.runText(
      book(`  - id: count
    input: { question: "How many?", type: integer, min: 1, max: 5 }
  - id: look
    manual: Look at it.
  - id: use
    assert: \${{ steps.count.outputs.value == 3 && steps.look.outputs.note == 'fine' }}
`),
      {
        answer: (prompt) =>
          prompt.purpose === "input" ? { kind: "value", value: 3 } : { kind: "manual", done: true, note: "fine" },
      },
    );
    expect(run.outcome.exitCode).toBe(0);
  });

  test("without an answer the run waits with code 5 and the command that answers", async () => {
    const run = await bench.runText(book("  - id: sure\n    confirm: { message: Sure? }\n"));
    expect(run.outcome).toMatchObject({ exitCode: 5 });
    expect(run.outcome.next[0]).toBe(`runsheet answer ${bench.runId} sure --approve`);
  });

  test("a guard that was asked before a question is asked again when the run goes on later", async () => {
    await bench.runText(
      book(`  - id: drop
    effect: destroy
    guard: { run: test -f dropped }
    confirm: { message: Drop it? }
    run: echo dropped twice >> seen
`),
    );
    writeFileSync(join(bench.dir, "dropped"), "");
    const later = await bench.carryOn({ answer: () => ({ kind: "approve" }) });
    expect(later.outcome.exitCode).toBe(0);
    expect(existsSync(join(bench.dir, "seen"))).toBe(false);
    expect(later.state.prompts.size).toBe(0);
  });

  test("an approval counts only for the text that was shown", async () => {
    const text = (message: string) =>
      book(`  - id: a\n    run: exit 1\n    idempotent: true\n    confirm: { message: ${message} }\n`);
    await bench.runText(text("first"), { answer: (p) => (p.purpose === "confirm" ? { kind: "approve" } : undefined) });
    const changed = bench.file("changed.yaml", text("second"));
    const asked = await bench.carryOn({ intent: { kind: "resume", file: changed, retryFailed: true } });
    expect(asked.outcome.exitCode).toBe(5);
    expect(asked.prompts.at(-1)?.text).toContain("second");
    expect([...asked.state.prompts.values()].map(({ prompt }) => prompt.text)).toEqual([asked.prompts.at(-1)?.text]);
  });
});

describe("failures", () => {
  const failing = book(`  - id: bad
    idempotent: true
    run: test -f fixed
  - id: after
    idempotent: true
    run: touch after
`);

  test("a failure stops the run; resume tries it again and goes on", async () => {
    const first = await bench.runText(failing);
    expect(first.outcome.exitCode).toBe(1);
    writeFileSync(join(bench.dir, "fixed"), "");
    const second = await bench.carryOn();
    expect(second.outcome.exitCode).toBe(0);
    expect(existsSync(join(bench.dir, "after"))).toBe(true);
  });

  test("a failure says what the command printed last, unless the step is sensitive", async () => {
    const step = "  - id: copy\n    effect: read\n    run: echo begun; echo 'disk full' >&2; exit 3\n";
    const run = await bench.runText(book(step));
    expect(run.outcome.summary).toContain("copy ended with exit code 3: disk full");
    const quiet = await bench.runText(book(step.replace("run:", "sensitive: true\n    run:")));
    expect(quiet.outcome.summary).toContain("copy ended with exit code 3");
    expect(JSON.stringify(quiet.events)).not.toContain("3: disk full");
  });

  test("the operator may skip a failed step with a reason", async () => {
    const run = await bench.runText(failing, {
      answer: () => ({ kind: "choose", choice: "skip", reason: "not needed today" }),
    });
    expect(run.outcome.exitCode).toBe(0);
    expect(run.state.steps.get("bad")?.phase).toMatchObject({
      result: { kind: "skipped", reason: "not needed today" },
    });
  });

  test("onFailure: continue goes on and the run still counts as failed", async () => {
    const run = await bench.runText(failing.replace("run: test", "onFailure: continue\n    run: test"));
    expect(run.outcome.exitCode).toBe(1);
    expect(existsSync(join(bench.dir, "after"))).toBe(true);
    expect(run.events.at(-1)?.type).toBe("run-ended");
  });
});

describe("an attempt in doubt", () => {
  // It ends what would have noted how it ended.
  const lost = book(`  - id: lost
    run: 'echo begun >> seen; test -f fixed || kill -9 $PPID'
  - id: after
    idempotent: true
    run: echo after >> seen
`);

  test.each([
    ["done", "begun\nafter\n"],
    ["not-done", "begun\nbegun\nafter\n"],
    ["rerun", "begun\nbegun\nafter\n"],
  ] as const)("is settled as the person says: %s", async (choice, seen) => {
    const run = await bench.runText(lost, {
      answer: (prompt) => {
        expect([prompt.purpose, prompt.at]).toEqual(["doubt", "lost"]);
        writeFileSync(join(bench.dir, "fixed"), "");
        return { kind: "choose", choice, reason: "looked at it" };
      },
    });
    expect(run.outcome.exitCode).toBe(0);
    expect(run.state.prompts.size).toBe(0);
    expect(run.state.totals.steps.done).toBe(2);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe(seen);
    expect(run.events.find((event) => event.type === "doubt-resolved")).toMatchObject({
      as: choice,
      by: "operator",
      reason: "looked at it",
    });
  });

  test.each([
    ["guard", "guard: { run: 'test -f done' }"],
    ["verify", "verify: { run: 'test -f done' }"],
    ["onInterrupt", "onInterrupt: rerun"],
  ])("of a command that is killed each time fails as often as retry allows, whatever its %s says", async (_, field) => {
    const run = await bench.runText(
      book(`  - id: eater
    ${field}
    retry: { attempts: 2, delay: 1ms }
    run: 'echo try >> tries; kill -9 $$'
`),
    );
    expect(readFileSync(join(bench.dir, "tries"), "utf8")).toBe("try\ntry\n");
    expect(run.outcome).toMatchObject({ exitCode: 1, summary: expect.stringContaining("ended by SIGKILL") });
  });

  test("that nobody has looked into, because a service ended first, is not what the operator is told to resolve", async () => {
    const run = await bench.runText(
      book(`  - id: server
    service: { run: 'until test -f die; do sleep 0.01; done; exit 1' }
  - id: client
    run: 'touch die; until test -f halted; do sleep 0.01; done; kill -9 $$'
`),
      { onEvent: (_, state) => state.halted.size > 0 && writeFileSync(join(bench.dir, "halted"), "") },
    );
    expect(run.state.steps.get("client")?.phase.kind).toBe("in-doubt");
    expect(run.outcome).toMatchObject({ exitCode: 1, summary: expect.stringContaining("failed: server") });
    expect(run.outcome.next.join()).not.toContain("runsheet resolve");
  });

  test("that nobody settles stays in doubt and is asked for again", async () => {
    const first = await bench.runText(lost);
    expect(first.outcome.next[0]).toContain("resolve");
    writeFileSync(join(bench.dir, "fixed"), "");
    const second = await bench.carryOn({ answer: () => ({ kind: "choose", choice: "stop" }) });
    const third = await bench.carryOn({ answer: () => ({ kind: "choose", choice: "done", reason: "looked" }) });
    expect([first, second, third].map((run) => run.outcome.exitCode)).toEqual([4, 4, 0]);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("begun\nafter\n");
  });
});

describe("groups", () => {
  test("retry opens a failed step inside groups that the run had left behind, and they end anew", async () => {
    const first = await bench.runText(
      book(`  - id: outer
    onFailure: continue
    steps:
      - id: inner
        steps:
          - id: fine
            idempotent: true
            run: echo fine >> seen
          - id: look
            effect: read
            run: test -f fixed
          - id: rest
            idempotent: true
            run: echo rest >> seen
  - id: after
    idempotent: true
    run: echo after >> seen
`),
    );
    expect(first.outcome.exitCode).toBe(1);
    expect(first.state.totals.steps).toEqual({ done: 2, skipped: 0, failed: 3 });
    writeFileSync(join(bench.dir, "fixed"), "");
    const again = await bench.carryOn({ intent: { kind: "retry", items: undefined } });
    expect(again.outcome.exitCode).toBe(0);
    expect(again.state.totals.steps).toEqual({ done: 6, skipped: 0, failed: 0 });
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("fine\nafter\nrest\n");
  });

  test("retry as the answer to a group that failed by itself looks at it again, and repeats no step", async () => {
    const answers = ["retry", "skip"] as const;
    const run = await bench.runText(
      book(`  - id: all
    outputs: { missing: "\${{ steps.say.outputs.said.missing }}" }
    steps:
      - id: say
        idempotent: true
        run: echo >> seen; echo '{}'
        outputs: { said: { json: . } }
`),
      {
        answer: (prompt) => ({
          kind: "choose",
          choice: answers[Number(prompt.id.at(-1)) - 1] ?? "stop",
          reason: "why",
        }),
      },
    );
    expect([run.outcome.exitCode, run.prompts.map((prompt) => prompt.at)]).toEqual([0, ["all", "all"]]);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("\n");
  });

  test("a parallel group runs its steps at the same time", async () => {
    const run = await bench.runText(
      book(`  - id: both
    parallel: true
    steps:
      - id: left
        idempotent: true
        run: 'touch left; until test -f right; do sleep 0.01; done'
      - id: right
        idempotent: true
        run: 'touch right; until test -f left; do sleep 0.01; done'
`),
    );
    expect(run.outcome.exitCode).toBe(0);
  });

  test("a called runbook has parameters of its own and gives outputs back", async () => {
    bench.file(
      "inner.yaml",
      book(
        '  - id: say\n    effect: read\n    run: echo hello ${{ params.who }}\n    outputs: { said: "${{ stdout }}" }\n',
        "params: { who: { type: string } }\n",
      ),
    );
    const run = await bench.runText(
      book(
        `  - id: inner
    call: inner.yaml
    with: { who: "\${{ params.name }}" }
    outputs: { said: "\${{ steps.say.outputs.said }}" }
  - id: check
    assert: \${{ steps.inner.outputs.said == 'hello operator' }}
`,
        "params: { name: { type: string, default: operator } }\n",
      ),
    );
    expect(run.outcome.summary).toContain("done");
    expect(run.outcome.exitCode).toBe(0);
  });
});

test("an output pattern that would search for ages fails the step and says how to write it", async () => {
  const run = await bench.runText(
    book(`  - id: look
    effect: read
    run: printf 'a%.0s' $(seq 200)
    outputs: { end: { regex: '(a+)+b' } }
`),
  );
  expect(run.outcome.exitCode).toBe(1);
  expect(run.outcome.summary).toContain("takes too long to match; write it without nested repetition");
});

describe("services", () => {
  const withService = (rest: string): string =>
    book(`  - id: server
    service:
      run: 'trap "echo stopped >> log; exit 0" TERM; touch up; while :; do sleep 0.05; done'
      ready: { run: test -f up, every: 20ms, within: 20s }
      stop: { grace: 5s }
    onInterrupt: ask
${rest}`);

  test("a service lives across steps and is stopped gracefully at the end", async () => {
    const run = await bench.runText(
      withService("  - id: use\n    effect: read\n    run: test -f up && test ! -f log\n"),
    );
    expect(run.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "log"), "utf8")).toBe("stopped\n");
    expect(run.events.find((event) => event.type === "service-ended")).toMatchObject({ wanted: true });
  });

  test("a paused run leaves its service running, and the next executor finds it again", async () => {
    const text = withService("  - id: use\n    idempotent: true\n    run: test -f fixed\n");
    const first = await bench.runText(text);
    expect(first.outcome.exitCode).toBe(1);
    expect(existsSync(join(bench.dir, "log"))).toBe(false);
    writeFileSync(join(bench.dir, "fixed"), "");
    const second = await bench.carryOn();
    expect(second.outcome.exitCode).toBe(0);
    expect(second.events.filter((event) => event.type === "attempt-released" && event.at === "server")).toHaveLength(1);
    expect(readFileSync(join(bench.dir, "log"), "utf8")).toBe("stopped\n");
  });

  test("a service that does not hear the first signal gets it again before it would be killed", async () => {
    const run = await bench.runText(
      book(`  - id: server
    onInterrupt: ask
    service:
      run: 'n=0; trap "n=\\$((n+1)); echo \\$n >> heard" TERM; touch up; until [ $n -ge 3 ]; do sleep 0.05; done'
      ready: { run: test -f up, every: 20ms, within: 20s }
      stop: { repeat: 200ms, grace: 10m }
`),
    );
    expect(run.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "heard"), "utf8")).toBe("1\n2\n3\n");
    expect(run.events.find((event) => event.type === "service-ended")).toMatchObject({ wanted: true });
  });

  test("a service that ends by itself stops the run and says so", async () => {
    const run = await bench.runText(
      book(`  - id: server
    onInterrupt: ask
    service: { run: 'touch up; sleep 0.3', ready: { run: test -f up, every: 20ms, within: 20s } }
  - id: long
    effect: read
    run: sleep 2
`),
    );
    expect(run.outcome.exitCode).toBe(1);
    expect(run.outcome.summary).toContain("ended by itself");
  });
});

describe("fan-out", () => {
  const items = (more: string, run = "test ${{ item }} != c"): string =>
    book(`  - id: each
    idempotent: true
    forEach: { items: [a, b, c, d], key: "\${{ item }}"${more} }
    run: '${run}; echo \${{ item }} >> seen'
`);

  test("failed items within their budget end the run with code 3; retry does only those", async () => {
    const run = await bench.runText(items(", maxFailures: 1", "test ${{ item }} != c -o -f fixed || exit 1"));
    expect(run.outcome.exitCode).toBe(3);
    expect(run.outcome.next[0]).toContain("retry");
    writeFileSync(join(bench.dir, "fixed"), "");
    const again = await bench.carryOn({ intent: { kind: "retry", items: undefined } });
    expect(again.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "seen"), "utf8").trim().split("\n").sort()).toEqual(["a", "b", "c", "d"]);
  });

  test("one question lets a whole fan-out through, before its first item, and a no stops it", async () => {
    const asking = items("", "true").replace("idempotent: true", "idempotent: true\n    confirm: Do all four?");
    const no = await bench.runText(asking, { answer: () => ({ kind: "reject" }) });
    expect([no.outcome.exitCode, existsSync(join(bench.dir, "seen"))]).toEqual([1, false]);
    const yes = await bench.runText(asking, { answer: () => ({ kind: "approve" }) });
    expect([yes.outcome.exitCode, yes.prompts.map(({ at }) => at)]).toEqual([0, ["each"]]);
    expect(readFileSync(join(bench.dir, "seen"), "utf8").trim().split("\n")).toHaveLength(4);
  });

  test("beyond the budget nothing new is begun and the run stops", async () => {
    const run = await bench.runText(items("", "test ${{ item }} != b || exit 1"));
    expect(run.outcome.exitCode).toBe(1);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\n");
  });

  test("a pilot runs first and the rest only after a yes", async () => {
    const run = await bench.runText(items(", pilot: 1", "true"), {
      answer: (prompt) => {
        expect(prompt.purpose).toBe("pilot");
        expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\n");
        return { kind: "choose", choice: "go-on" };
      },
    });
    expect(run.outcome.exitCode).toBe(0);
    expect(run.prompts).toHaveLength(1);
  });

  test("the list is frozen: changing its source has no effect on a resumed run", async () => {
    writeFileSync(join(bench.dir, "list"), "a\nb\n");
    const text = book(`  - id: each
    idempotent: true
    forEach: { items: { file: list }, key: "\${{ item }}" }
    run: 'test -f go; r=$?; echo \${{ item }} >> seen; exit $r'
`);
    await bench.runText(text);
    writeFileSync(join(bench.dir, "list"), "x\ny\nz\n");
    writeFileSync(join(bench.dir, "go"), "");
    const again = await bench.carryOn();
    expect(again.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "seen"), "utf8").trim().split("\n").sort()).toEqual(["a", "a", "b"]);
  });

  const nested = book(`  - id: each
    forEach: { items: [a, b], key: "\${{ item }}" }
    steps:
      - id: around
        steps:
          - id: bad
            effect: read
            onFailure: continue
            run: test \${{ item }} != b -o -f fixed
          - id: rest
            idempotent: true
            run: echo \${{ item }} >> seen
`);

  test("a failure that an item passes over lets the item go on, and counts as its failure", async () => {
    const run = await bench.runText(nested);
    expect(run.outcome.exitCode).toBe(1);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nb\n");
    writeFileSync(join(bench.dir, "fixed"), "");
    const again = await bench.carryOn({ intent: { kind: "retry", items: undefined } });
    expect([again.outcome.exitCode, again.state.totals.items.done]).toEqual([0, 2]);
    expect(story(again.events).filter((word) => word === "each/b/around/bad done")).toHaveLength(1);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nb\n");
  });

  test("retry as the answer to failed items does again what failed inside them", async () => {
    const run = await bench.runText(nested.replace("            onFailure: continue\n", ""), {
      answer: (prompt) => {
        expect([prompt.purpose, prompt.at]).toEqual(["failure", "each"]);
        writeFileSync(join(bench.dir, "fixed"), "");
        return { kind: "choose", choice: "retry" };
      },
    });
    expect([run.outcome.exitCode, run.prompts.length]).toEqual([0, 1]);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nb\n");
  });

  test("nested steps of a failed item that are done stay done", async () => {
    const text = book(`  - id: each
    forEach: { items: [a, b], key: "\${{ item }}", maxFailures: 1 }
    steps:
      - id: first
        idempotent: true
        run: 'echo first-\${{ item }} >> seen'
      - id: second
        idempotent: true
        run: 'test \${{ item }} = a -o -f fixed'
`);
    const run = await bench.runText(text);
    expect(run.outcome.exitCode).toBe(3);
    writeFileSync(join(bench.dir, "fixed"), "");
    const again = await bench.carryOn({ intent: { kind: "retry", items: ["b"] } });
    expect(again.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("first-a\nfirst-b\n");
  });
});

describe("undo", () => {
  test("compensates what was done, last first, and only that", async () => {
    const text = book(`  - id: one
    idempotent: true
    run: echo one
    undo: { run: echo undo-one >> undone }
  - id: two
    idempotent: true
    run: echo two
    undo: { run: echo undo-two >> undone }
  - id: seen
    effect: read
    run: echo seen
    undo: { run: echo undo-seen >> undone }
  - id: left-out
    idempotent: true
    run: exit 1
    undo: { run: echo undo-left-out >> undone }
  - id: three
    idempotent: true
    run: exit 1
    undo: { run: echo undo-three >> undone }
`);
    const run = await bench.runText(text, {
      answer: ({ at }) => ({ kind: "choose", choice: at === "three" ? "stop" : "skip", reason: "not today" }),
    });
    expect([run.outcome.exitCode, run.prompts.map(({ at }) => at)]).toEqual([1, ["left-out", "three"]]);
    const undone = await bench.carryOn({ intent: { kind: "undo" } });
    expect(undone.outcome).toMatchObject({ exitCode: 0, summary: expect.stringContaining("undone") });
    expect(readFileSync(join(bench.dir, "undone"), "utf8")).toBe("undo-two\nundo-one\n");
  });
});

describe("surroundings", () => {
  const pinned = book(
    `  - id: read-only
    effect: read
    run: true
  - id: wait-for-it
    idempotent: true
    effect: read
    run: cp other context
  - id: change
    idempotent: true
    run: touch changed
`,
    "context: { cluster: { run: cat context } }\n",
  );

  test("a context pin that changes stops the run before the next change, and shows both values", async () => {
    writeFileSync(join(bench.dir, "context"), "staging\n");
    writeFileSync(join(bench.dir, "other"), "production\n");
    const run = await bench.runText(pinned);
    expect(run.outcome.exitCode).toBe(6);
    expect(run.outcome.summary).toContain("staging");
    expect(run.outcome.summary).toContain("production");
    expect(existsSync(join(bench.dir, "changed"))).toBe(false);
    const refused = await bench.carryOn();
    expect(refused.outcome.exitCode).toBe(6);
    const accepted = await bench.carryOn({ engine: { acceptContext: true } });
    expect(accepted.outcome.exitCode).toBe(0);
    expect(accepted.events.find((event) => event.type === "context-accepted")).toMatchObject({
      pins: { cluster: "production" },
      actor: { user: "op" },
    });
  });

  test("two runs with the same mutex never overlap", async () => {
    const text = book("  - id: a\n    effect: read\n    run: sleep 1\n", "mutex: one\n");
    const first = bench.runText(text);
    const other = new InProcess();
    try {
      await expect.poll(() => existsSync(join(bench.state, "mutex"))).toBe(true);
      await expect(bench.runText(text.replace("name: t", "name: u"))).rejects.toMatchObject({ exitCode: 75 });
    } finally {
      await first;
      other.remove();
    }
  });

  test("a value can never become syntax", async () => {
    const evil = "'; touch pwned #$(touch pwned)`touch pwned`\n-rf {{7*7}} __proto__";
    const run = await bench.runText(
      book(
        `  - id: say\n    effect: read\n    run: 'printf %s \${{ params.x }}'\n    outputs: { said: "\${{ stdout }}" }\n  - id: same\n    assert: \${{ steps.say.outputs.said == params.x }}\n`,
        "params: { x: { type: string } }\n",
      ),
      { params: [`x=${evil}`] },
    );
    expect(run.outcome.exitCode).toBe(0);
    expect(existsSync(join(bench.dir, "pwned"))).toBe(false);
  });
});

describe("pausing", () => {
  const three = book(
    `  - id: a\n    idempotent: true\n    run: echo a >> seen\n  - id: b\n    idempotent: true\n    run: echo b >> seen\n  - id: c\n    idempotent: true\n    run: echo c >> seen\n`,
  );

  test("--until pauses after the named step, and resume does the rest", async () => {
    const run = await bench.runText(three, { engine: { until: "b" } });
    expect(run.state.status).toMatchObject({ kind: "paused", reason: { kind: "until" } });
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nb\n");
    expect((await bench.carryOn()).outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nb\nc\n");
  });

  test("--step asks before each step", async () => {
    const asked: string[] = [];
    const run = await bench.runText(three, {
      engine: { stepMode: true },
      answer: (prompt) => {
        asked.push(prompt.at);
        return prompt.at === "b"
          ? { kind: "choose", choice: "skip", reason: "no" }
          : { kind: "choose", choice: "go-on" };
      },
    });
    expect(run.outcome.exitCode).toBe(0);
    expect(asked).toEqual(["a", "b", "c"]);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nc\n");
  });

  test("--from skips what is open before the named step", async () => {
    await bench.runText(three, { engine: { until: "a" } });
    const run = await bench.carryOn({ intent: { kind: "resume", from: "c" } });
    expect(run.outcome.exitCode).toBe(0);
    expect(readFileSync(join(bench.dir, "seen"), "utf8")).toBe("a\nc\n");
  });
});
