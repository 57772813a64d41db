import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

const rig = terminalRig();

const book = (steps: string, more = ""): string =>
  rig.bench.file("a.yaml", `runsheet: 1\nname: demo\ntitle: Demo\n${more}steps:\n${steps}`);

test("hung up, killed and stalled screens do not stop a run; others look on, and one of them answers", async () => {
  const file = book(`  - id: flood
    run: "seq 1 400000; until test -e go; do sleep 0.1; done; echo flooded >> $LEDGER"
    effect: read
  - id: sure
    confirm: Shall it go on?
  - id: last
    run: echo last >> $LEDGER
    effect: read
`);
  const first = rig.open(["run", file, "--run-id", "a"]);
  await first.sees("400000");
  const stalled = rig.open(["attach", "a"]);
  const looker = rig.open(["attach", "a", "--read-only"], { columns: 100, rows: 30 });
  const killed = rig.open(["attach", "a"]);
  await Promise.all([looker.sees("(read only)"), killed.sees("400000"), stalled.sees("400000")]);
  stalled.pty.pause();
  // Every key asks for a whole frame that nobody reads.
  stalled.type("\f".repeat(2_000));
  first.pty.kill("SIGHUP");
  killed.pty.kill("SIGKILL");
  await Promise.all([first.exited, killed.exited]);
  expect((await rig.bench.status("a")).state).toBe("running");
  rig.bench.file("go", "");
  await looker.sees("waiting for you");
  looker.type("\r");
  await looker.sees("this screen only looks");
  const last = rig.open(["attach", "a"]);
  await last.sees("Shall it go on?");
  await last.typeUntil("y", /▶ 2 +Yes/);
  last.type("\r");
  expect(await last.exited).toBe(0);
  expect(await looker.exited).toBe(0);
  expect(rig.bench.ledgerLines()).toEqual(["flooded", "last"]);
  stalled.pty.resume();
  await stalled.exited;
});

test("the terminal is told title and progress, and a person who looks away is called; what a step prints can do none of it", async () => {
  const file = book(
    `  - id: evil
    title: "evil \\e]2;fake title\\a name"
    run: printf '\\033]2;fake title\\007\\033]52;c;ZmFrZQ==\\007\\033[2J\\033[31;1HType yes:\\n\\033]9;fake news\\007\\033]9;4;1;99\\007'; until test -e go; do sleep 0.1; done
    effect: read
  - id: sure
    confirm: Shall it go on?
`,
    "context:\n  cluster: echo prod-eks-1\n",
  );
  const here = rig.open(["run", file, "--run-id", "a"]);
  await here.sees("Type yes:");
  expect(here.text()).toContain("!! PRODUCTION !!");
  await here.hears("\u001b]2;> a demo - runsheet\u0007");
  await here.hears("\u001b]9;4;3;0\u0007");
  here.type("\u001b[O");
  here.resize(3, 2);
  here.resize(1, 1);
  here.resize(60, 9);
  here.resize(120, 40);
  rig.bench.file("go", "");
  await here.sees("Shall it go on?");
  await here.typeUntil("", /waiting for you/);
  await here.hears("\u001b]9;a asks: sure\u0007");
  expect(here.raw).toContain("\u001b]777;notify;runsheet;a asks: sure\u0007");
  await here.hears("\u001b]2;? a demo - runsheet\u0007");
  await here.hears("\u001b]9;4;4;0\u0007");
  for (const fake of ["fake title\u0007", "\u001b]52;", "fake news\u0007", "9;4;1;99"]) {
    expect(here.raw).not.toContain(fake);
  }
  // The user's own sixteen colours, no others.
  expect(here.raw).not.toMatch(/\u001b\[[\d;]*[34]8;[25];/);
  here.type("\u0003");
  await here.sees(/ctrl-c again|Shall/);
});

test("without colour there is none, and with ASCII nothing else", async () => {
  const file = book(`  - id: one
    run: "echo fine; until test -e go; do sleep 0.1; done"
    effect: read
  - id: sure
    confirm: Shall it go on?
`);
  const plain = rig.open(["run", file, "--run-id", "a"], {
    env: { NO_COLOR: "1", RUNSHEET_ASCII: "1", RUNSHEET_NO_BELL: "1", RUNSHEET_REDUCED_MOTION: "1" },
  });
  await plain.sees("fine");
  plain.type("wz?");
  await plain.sees("KEYS");
  plain.type("\u001b");
  rig.bench.file("go", "");
  await plain.sees("Shall it go on?");
  await plain.typeUntil("n\r", /declined/);
  await plain.exited;
  expect(plain.raw).not.toMatch(/[\u007f-\uffff]/);
  expect(plain.raw).not.toMatch(/\u001b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m/);
});

test("of a run that ended well the scrollback keeps what its last step said, unless that is sensitive", async () => {
  for (const [more, kept] of [
    ["", true],
    ["    sensitive: true\n", false],
  ] as const) {
    const file = book(`  - id: table\n    effect: read\n    run: printf 'rows    7\\n'\n${more}`);
    const terminal = rig.open(["run", file, "--run-id", kept ? "a" : "b"]);
    await terminal.sees("done: 1 step");
    expect(terminal.text().includes("  | rows    7")).toBe(kept);
    expect(await terminal.exited).toBe(0);
  }
});

test("what a step took in earlier runs is what the screen expects of it, and of the run", async () => {
  const file = book(
    "  - id: first\n    effect: read\n    run: until test -e go; do sleep 0.1; done\n  - id: slow\n    effect: read\n    run: sleep 1.3\n",
  );
  const go = rig.bench.file("go", "");
  expect((await rig.bench.run(["run", file, "--headless", "--run-id", "b"])).code).toBe(0);
  rmSync(go);
  const terminal = rig.open(["run", file, "--run-id", "a"]);
  await terminal.sees(/slow +est\. 00:0\d/);
  await terminal.sees(/ETA \d\d:\d\d/);
  rig.bench.file("go", "");
  await terminal.sees("done: 2 steps");
  expect(await terminal.exited).toBe(0);
});
