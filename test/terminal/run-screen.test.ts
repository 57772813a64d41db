import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

const rig = terminalRig();

const book = (steps: string) => `runsheet: 1\nname: demo\ntitle: Demo\nsteps:\n${steps}`;

const typed = book(`  - id: speak
    run: printf 'line one\\n\\033]2;stolen title\\007line two\\n'; echo spoken >> $LEDGER
    effect: read
  - id: drop
    run: echo dropped >> $LEDGER
    effect: mutate
    onInterrupt: rerun
    confirm: { message: Really drop it?, type: web-2 }
`);

test("the run screen shows steps and output; a severe question needs its text typed, and paste does not count", async () => {
  const terminal = rig.open(["run", rig.bench.file("a.yaml", typed), "--run-id", "a"]);
  await terminal.sees("Really drop it?");
  expect(terminal.text()).toContain("Type web-2 to do it");
  expect(terminal.onAlternateScreen).toBe(true);
  await terminal.typeUntil("\u001b[200~web-2\u001b[201~", "paste is off here");
  terminal.type("web-1\r");
  await terminal.sees("does not match: enter is off");
  expect(rig.bench.ledgerLines()).toEqual(["spoken"]);
  terminal.type("\u001b");
  await terminal.sees("decided later");
  terminal.type("kg");
  await terminal.sees("line two");
  expect(terminal.text()).toMatch(/speak/);
  terminal.type("\r");
  await terminal.sees("Type web-2");
  await terminal.typeUntil("\u0015web-2", "matches: enter does it");
  terminal.type("f\u007f\u0015web-2\r");
  // Who had scrolled keeps the screen when the run ends.
  await terminal.sees("q closes");
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
  expect(rig.bench.ledgerLines()).toEqual(["spoken", "dropped"]);
  expect(terminal.onAlternateScreen).toBe(false);
  expect(terminal.raw).not.toContain("stolen title\u0007");
});

const slow = book(`  - id: slow
    run: echo begun; while [ ! -e go ]; do sleep 0.1; done; echo finished >> $LEDGER
    effect: read
`);

test("q asks and detaches, the run goes on, and attach opens it again; the terminal is as it was", async () => {
  const first = rig.open(["run", rig.bench.file("a.yaml", slow), "--run-id", "a"]);
  await first.sees("begun");
  first.resize(60, 20);
  first.type("q");
  await first.sees("Leave this screen?");
  await first.typeUntil("2", /▶ 2 +detach/);
  first.type("\r");
  expect(await first.exited).toBe(0);
  expect(first.onAlternateScreen).toBe(false);
  expect(first.text()).toContain("run a goes on");
  for (const mode of ["?1049", "?1004", "?25"]) {
    const [on, off] = mode === "?25" ? ["l", "h"] : ["h", "l"];
    expect(first.raw.lastIndexOf(`\u001b[${mode}${off}`)).toBeGreaterThan(first.raw.lastIndexOf(`\u001b[${mode}${on}`));
  }
  expect((await rig.bench.status("a")).state).toBe("running");

  const second = rig.open(["attach", "a"], { columns: 80, rows: 24 });
  await second.sees("begun");
  second.type("?");
  await second.sees("first line of the output");
  second.type("\u001b");
  rig.bench.file("go", "");
  expect(await second.exited).toBe(0);
  expect(rig.bench.ledgerLines()).toEqual(["finished"]);
});

test("SIGTERM puts the terminal back, and ctrl-c only warns at first", async () => {
  const terminal = rig.open(["run", rig.bench.file("a.yaml", slow), "--run-id", "a"]);
  await terminal.sees("begun");
  terminal.type("\u0003");
  await terminal.sees("ctrl-c again");
  terminal.pty.kill("SIGTERM");
  expect(await terminal.exited).toBe(143);
  expect(terminal.onAlternateScreen).toBe(false);
  expect((await rig.bench.status("a")).state).toBe("running");
});
