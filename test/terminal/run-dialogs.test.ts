import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";
import type { Terminal } from "./terminal.ts";

const rig = terminalRig();

function start(steps: string, more = "", options: readonly string[] = []): Terminal {
  const file = rig.bench.file("a.yaml", `runsheet: 1\nname: demo\ntitle: Demo\n${more}steps:\n${steps}`);
  return rig.open(["run", file, "--run-id", "a", ...options], { env: { SHELL: "/bin/sh", PS1: "% " } });
}

test("a failed step is diagnosed, looked into with a shell, and tried again with another parameter after its difference was shown", async () => {
  const screen = start(
    `  - id: import
    run: echo "importing \${{ params.from }}"; echo "no space left on device" >&2; test \${{ params.from }} = there && echo imported >> $LEDGER
    effect: read
    env: { COLOUR: blue }
    onFailure: ask
`,
    "params:\n  from: { type: string, default: here }\n  many: { type: integer, default: 3, max: 9 }\n",
  );
  await screen.sees("FAILED - import");
  expect(screen.text()).toContain("import ended with exit code 1");
  await screen.typeUntil("v", "DIAGNOSIS - import");
  for (const fact of ["exit code  1", "a disk is full", "importing here"]) expect(screen.text()).toContain(fact);
  screen.type("\u001b");
  await screen.sees("6  v  diagnose");
  screen.type("!");
  await screen.sees("shell of step import in");
  screen.type('echo "in=$RUNSHEET_STEP,$COLOUR,$PWD,"; exit\r');
  // The screen is back, and what was typed into the shell was not for it.
  await screen.sees("6  v  diagnose");
  expect(screen.raw).toContain(`in=import,blue,${rig.bench.dir},`);
  await screen.typeUntil("e", "Edit parameters and try again");
  screen.type("\u0015there\u001b[B\u0015x\r");
  await screen.sees("many: ");
  screen.type("\u00153\r");
  await screen.sees("+ from: there");
  expect(screen.text()).toContain("- from: here");
  expect(screen.text()).not.toContain("+ many");
  // No has the focus.
  screen.type("\u001b[B\r");
  expect(await screen.exited).toBe(0);
  expect(rig.bench.ledgerLines()).toEqual(["imported"]);
  expect(screen.text()).toContain("runsheet report a");
});

test("edited parameters go on as the run was started: until the same step, with the same answers", async () => {
  const answers = rig.bench.file("answers.yaml", "sure: approve\n");
  const screen = start(
    `  - id: import
    run: test \${{ params.from }} = there && echo imported >> $LEDGER
    effect: read
    onFailure: ask
  - id: sure
    confirm: Go on?
  - id: second
    run: echo second >> $LEDGER
    effect: read
  - id: third
    run: echo third >> $LEDGER
    effect: read
`,
    "params:\n  from: { type: string, default: here }\n",
    ["--until", "second", "--answers", answers],
  );
  await screen.sees("FAILED - import");
  await screen.typeUntil("e", "Edit parameters and try again");
  screen.type("\u0015there\r");
  await screen.sees("+ from: there");
  screen.type("\u001b[B\r");
  await screen.exited;
  expect(rig.bench.ledgerLines()).toEqual(["imported", "second"]);
  expect(screen.text()).toContain("paused after second, as asked");
});

test("a step that waits to be tried again tells until when, and is tried at once when asked for", async () => {
  const screen = start(`  - id: fetch
    run: test -e ready && echo fetched >> $LEDGER
    effect: read
    retry: { attempts: 2, delay: 1h, maxDelay: 1h }
`);
  await screen.sees(/fetch is tried again in (?:[2-5]\d:\d\d|1:00:00)/);
  await screen.typeUntil("r", "FAILED, tried again in");
  expect(screen.text()).toContain("fetch ended with exit code 1");
  rig.bench.file("ready", "");
  await screen.typeUntil("r", /▶ 2 {2}r {2}try again now/);
  screen.type("\r");
  expect(await screen.exited).toBe(0);
  expect(rig.bench.ledgerLines()).toEqual(["fetched"]);
  // The record says who could not wait.
  const asked = rig.bench.events("a").filter((event) => event.type === "retry-scheduled");
  expect(asked.map(({ actor }) => actor?.via)).toEqual([undefined, "screen"]);
});

test("a doubt shows its evidence and what the probe says, preselects nothing and wants a reason", async () => {
  const screen = start(`  - id: swap
    run: echo swapping; kill -9 $$
    effect: mutate
    onInterrupt: ask
    verify: { run: "echo looked at the world; exit 2" }
`);
  await screen.sees("IN DOUBT - swap");
  expect(screen.text()).toContain("log: swapping");
  expect(screen.text()).not.toMatch(/▶ [1-9] /);
  await screen.typeUntil("\r", "choose with the arrows");
  screen.type("c");
  await screen.sees(/verify could not tell: looked at the world/);
  screen.type("d\r");
  await screen.sees("reason");
  screen.type("\r");
  await screen.sees("reason is needed");
  screen.type("the directory was there\r");
  expect(await screen.exited).toBe(0);
  expect((await rig.bench.status("a")).state).toBe("ended");
});

test("items are a grid with a cursor, a table and bars; the next failed one is found, its log opened, and all failed are tried again while the rest goes on", async () => {
  const screen = start(`  - id: eras
    forEach: { items: "\${{ range(0, 12) }}", key: "\${{ 'era-' + string(item) }}", concurrency: 3, maxFailures: 5 }
    run: ["sh", "-c", "echo importing $1; case $1 in 7) test -e mended;; 11) until test -e go; do sleep 0.1; done;; esac", "x", "\${{ item }}"]
    effect: read
`);
  await screen.sees("11/12 1 failed");
  await screen.typeUntil("w", "1 cell = 1");
  expect(screen.text()).toContain("■■■■■■■✖■■■▶");
  screen.type("F");
  await screen.sees("8/12 era-7: failed");
  screen.type("t");
  await screen.sees(/✖ era-7 +failed/);
  screen.type("\r");
  // The key that leads back to the items is offered by the log alone.
  await screen.sees("w items");
  await screen.sees("importing 7");
  screen.type("\u001b");
  await screen.sees(/✖ era-7 +failed/);
  screen.type("c");
  await screen.sees("balance:");
  rig.bench.file("mended", "");
  screen.type("r");
  await screen.sees("Try 1 failed items again?");
  await screen.typeUntil("2", /▶ 2 {2}Yes/);
  screen.type("\r");
  await screen.sees("12 items: 11 done  1 running  0 failed");
  rig.bench.file("go", "");
  await screen.sees("q closes");
  expect(await screen.typeUntilExit("q")).toBe(0);
});

test("the log is searched, wrapped, copied and opened in the pager; standard error is its own", async () => {
  const pager = rig.bench.file(
    "pager",
    '#!/bin/sh\necho "paged $(basename "$1")"; head -1 "$1"; read -r line\n',
    0o755,
  );
  process.env.PAGER = pager;
  const screen = start(`  - id: talk
    run: for i in $(seq 1 200); do echo "line $i of the log"; done; echo "Needle in it"; for i in $(seq 1 200); do echo "more $i"; done; echo "to stderr" >&2; until test -e go; do sleep 0.1; done
    effect: read
`);
  delete process.env.PAGER;
  await screen.sees("more 200");
  screen.type("g/needle\r");
  await screen.sees("Needle in it");
  expect(screen.text()).toContain("frozen");
  screen.type("n");
  await screen.sees("not from here on: needle");
  screen.type("y");
  await screen.sees("what is shown is copied");
  const copied = /\u001b\]52;c;([A-Za-z0-9+/=]+)\u0007/.exec(screen.raw)?.[1] ?? "";
  expect(Buffer.from(copied, "base64").toString()).toMatch(/^Needle in it\nmore 1\n/);
  screen.type("e");
  await screen.sees("to stderr");
  screen.type("eo");
  await screen.sees("paged out");
  await screen.sees("line 1 of the log");
  screen.type("\r");
  await screen.sees("more 200");
  rig.bench.file("go", "");
  await screen.sees("q closes");
  expect(await screen.typeUntilExit("q")).toBe(0);
});

test("a note can be left on what is done by hand, and a plain question answered with no goes no further", async () => {
  const screen = start(`  - id: cable
    manual: Plug the cable in, then look at the lamp.
  - id: sure
    confirm: Shall it go on?
  - id: after
    run: echo after >> $LEDGER
    effect: read
`);
  await screen.sees("BY HAND - cable");
  await screen.typeUntil("d", /▶ 1 {2}d {2}done/);
  screen.type("\r");
  await screen.sees("note (may be empty)");
  screen.type("lamp is green\r");
  await screen.sees("Shall it go on?");
  await screen.typeUntil("\r", "declined");
  await screen.exited;
  expect(rig.bench.ledgerLines()).toEqual([]);
  const { stdout } = await rig.bench.run(["report", "a", "--format", "json"]);
  expect(stdout).toContain("lamp is green");
});

test("what a runbook says in a question is drawn: bold, code and lists without their markers", async () => {
  const screen = start(`  - id: look
    confirm:
      message: |
        Stop **all writers** on \`web-2\` first:

        * the importer
        * rm **/*.tmp is not needed
`);
  await screen.sees("Stop all writers on web-2 first:");
  await screen.sees("* rm **/*.tmp is not needed");
  expect(screen.raw).toMatch(/\u001b\[1mall writers\u001b\[22m on \u001b\[36mweb-2\u001b\[39m/);
  await screen.typeUntil("2", "▶ 2  Yes");
  screen.type("\r");
  expect(await screen.exited).toBe(0);
});
