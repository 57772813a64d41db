import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { terminalRig } from "./rig.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

const rig = terminalRig();

const deploy = `runsheet: 1
name: deploy
title: Deploy to \${{ params.host }}
description: Drains a host and replaces what runs there.
params:
  host: { type: string, enum: [web-1, web-2], prompt: Which host? }
  window: { type: duration, default: 15m }
  token: { type: secret, prompt: The token }
steps:
  - { id: drain, effect: read, run: "echo draining \${{ params.host }} for \${{ params.window }}" }
  - id: replace
    effect: destroy
    onInterrupt: ask
    confirm: { message: "\${{ params.host }} will be deleted", type: "\${{ params.host }}" }
    run: echo replaced \${{ params.host }} >> $LEDGER
`;

const arrow = { up: "\u001b[A", down: "\u001b[B", right: "\u001b[C" };

test("runsheet without a verb: a runbook is found, filled in, planned, started and answered; afterwards home knows how it went", async () => {
  rig.bench.file("deploy.yaml", deploy);
  const terminal = rig.open([]);
  await terminal.sees(/RUNBOOKS \(\d+\)/);
  expect(terminal.text()).toContain("nothing needs you");
  terminal.type("/");
  await terminal.sees(/\/ _/);
  terminal.type("deploy\r");
  await terminal.sees("RUNBOOKS (1)   / deploy");
  terminal.type("\r");
  await terminal.sees("new run of deploy");
  // Handed in too early: the form says what is missing, and a value that is wrong says what to write.
  terminal.type(`${arrow.down}${arrow.down}${arrow.down}\r`);
  await terminal.sees("2 fields are not right yet");
  terminal.type(`${arrow.right}${arrow.down}20`);
  await terminal.sees("write the unit: 20s, 20m or 20h");
  terminal.type(`m${arrow.down}hunter2secret`);
  await terminal.sees("*************");
  terminal.type(`${arrow.down}\r`);
  await terminal.sees("plan of deploy");
  await terminal.sees("echo draining web-1 for 20m");
  expect(terminal.text()).toContain("DESTROYS");
  // One key never starts it, and the question has No in front.
  terminal.type("s");
  await terminal.sees("Start deploy?");
  await terminal.typeUntil("\r", /s start +enter command/);
  expect(rig.bench.ledgerLines()).toEqual([]);
  terminal.type("s");
  await terminal.sees("Start deploy?");
  await terminal.typeUntil("2", /▶ 2 +Start the run/);
  terminal.type("\r");
  await terminal.sees("Type web-1 to do it");
  await terminal.typeUntil("\u0015web-1", "matches");
  terminal.type("\r");
  await terminal.sees("q closes");
  terminal.type("q");
  await terminal.sees(/deploy .*✔ done/);
  expect(rig.bench.ledgerLines()).toEqual(["replaced web-1"]);
  terminal.type("\u001bq");
  await terminal.typeUntil("q", /deploy +\d+:\d\d/);
  expect(await terminal.exited).toBe(0);
  expect(terminal.onAlternateScreen).toBe(false);
  expect(terminal.raw).not.toContain("hunter2");
  const journals = readFileSync(
    join(rig.bench.state, "runsheet", "runs", runIds()[0] as string, "journal.db"),
    "latin1",
  );
  expect(journals).not.toContain("hunter2");
});

function runIds(): readonly string[] {
  return readdirSync(join(rig.bench.state, "runsheet", "runs"));
}

test("a run that failed needs somebody: home shows why, tries it again, and what is running can be attached to", async () => {
  const book = rig.bench.file(
    "flaky.yaml",
    `runsheet: 1
name: flaky
title: Flaky
steps:
  - { id: begin, effect: read, run: "echo begun" }
  - { id: copy, effect: read, onFailure: stop, run: "test -e good || { echo no good file here; exit 3; }; while [ ! -e go ]; do sleep 0.1; done" }
`,
  );
  expect((await rig.bench.run(["run", book, "--run-id", "a", "--headless"])).code).toBe(1);
  rig.bench.file("good", "");
  const terminal = rig.open([]);
  await terminal.sees("1 run needs you");
  expect(terminal.text()).toContain("failed: copy ended with exit code 3");
  terminal.type("\r");
  await terminal.sees("| no good file here");
  expect(terminal.text()).toMatch(/▶ 1 +leave it as it is/);
  await terminal.typeUntil("2", /▶ 2 +go on: copy is tried again/);
  terminal.type("\r");
  await terminal.sees(/a +● running/);
  // Left alone, it runs on and stands among what runs.
  terminal.type("q");
  await terminal.sees("Leave this screen?");
  await terminal.typeUntil("2", /▶ 2 +detach/);
  terminal.type("\r");
  await terminal.sees("RUNNING");
  await terminal.typeUntil("g\r", /a +● running/);
  rig.bench.file("go", "");
  await terminal.sees("q closes");
  terminal.type("q");
  await terminal.sees("nothing needs you");
  terminal.type("\u0003");
  expect(await terminal.exited).toBe(0);
  expect((await rig.bench.status("a")).exitCode).toBe(0);
});

const pinned = (look: string) => `runsheet: 1
name: pinned
title: Pinned
context: { cluster: { run: cat cluster } }
params: { key: { type: secret, prompt: The key } }
steps:
  - { id: look, effect: read, run: "${look}" }
  - { id: fails, effect: read, onFailure: stop, run: test -e good }
`;

test("surroundings that differ and a changed runbook are decided on the screen, step by step, with secrets typed again", async () => {
  const book = rig.bench.file("pinned.yaml", pinned("echo one"));
  rig.bench.file("cluster", "staging\n");
  const keys = rig.bench.file("keys.yaml", "key: hunter2secret\n");
  expect((await rig.bench.run(["run", book, "--run-id", "a", "--headless", "--params", keys])).code).toBe(1);
  rig.bench.file("good", "");
  rig.bench.file("cluster", "production\n");
  expect((await rig.bench.run(["resume", "a", "--headless", "--params", keys])).code).toBe(6);
  rig.bench.file("pinned.yaml", pinned("echo two"));

  const terminal = rig.open(["resume", "a"]);
  await terminal.sees('cluster is "production" now, was "staging"');
  await terminal.typeUntil("3", /▶ 3 +go on with cluster production/);
  terminal.type("\r");
  await terminal.sees("type production");
  await terminal.typeUntil("\u001b[200~production\u001b[201~", "paste is off here");
  terminal.type("\u001b");
  await terminal.sees("leave it as it is");
  // The file has changed: what differs, and nothing goes on before it is accepted.
  rig.bench.file("cluster", "staging\n");
  await terminal.typeUntil("4", /▶ 4 +the runbook's file has changed/);
  terminal.type("\r");
  await terminal.sees("changed runbook");
  expect(terminal.text()).toContain('- - { id: look, effect: read, run: "echo one" }');
  expect(terminal.text()).toContain('+ - { id: look, effect: read, run: "echo two" }');
  terminal.type("s");
  await terminal.sees("not accepted yet: look");
  terminal.type("a");
  await terminal.sees("accepted");
  terminal.type("s");
  await terminal.sees("look keeps its result.");
  await terminal.typeUntil("2", /▶ 2 +Go on with the new text/);
  terminal.type("\r");
  await terminal.sees("the run needs them typed again");
  terminal.type(`hunter3secret${arrow.down}\r`);
  await terminal.sees("q closes");
  terminal.type("q");
  await terminal.sees("nothing needs you");
  terminal.type("q");
  expect(await terminal.exited).toBe(0);
  expect(terminal.raw).not.toContain("hunter");
  const { stdout } = await rig.bench.run(["logs", "a", "--step", "look"]);
  expect(stdout).toContain("one");
});

test("lines instead of the screen, where they are asked for and where no screen can be", async () => {
  const book = rig.bench.file(
    "two.yaml",
    "runsheet: 1\nname: two\ntitle: Two\nparams: { key: { type: secret, prompt: The key } }\nsteps:\n  - { id: ok, run: echo fine, effect: read, confirm: Sure? }\n",
  );
  for (const setting of ["ACCESSIBLE=1", "TERM=dumb", "RUNSHEET_PLAIN=1"]) {
    const terminal = rig.open([], { command: ["env", setting, process.execPath, main, "run", book] });
    await terminal.sees("The key: ");
    terminal.type("hunter2secret\r");
    await terminal.sees("Do it? yes or no [no]:");
    terminal.type("yes\r");
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw).not.toContain("\u001b[?1049h");
    expect(terminal.raw).not.toContain("hunter2");
  }
  const help = rig.open([], { command: ["env", "TERM=dumb", process.execPath, main] });
  await help.sees("runsheet <verb>");
  expect(await help.exited).toBe(0);
});

test("run asks for parameters that have no value on a form; who leaves it has started nothing", async () => {
  const file = rig.bench.file("deploy.yaml", deploy);
  const left = rig.open(["run", file]);
  await left.sees("These parameters have no value yet.");
  left.type("\u001b");
  expect(await left.exited).toBe(2);
  expect(left.text()).toContain("nothing was started");
  const given = rig.open(["run", file, "-p", "host=web-2", "--run-id", "a"]);
  await given.sees("start the run");
  expect(given.text()).not.toContain("host  ");
  given.type(`hunter2secret${arrow.down}\r`);
  await given.sees("Type web-2 to do it");
  expect(given.raw).not.toContain("hunter2");
});

test("home, form, plan and history fit into every size, also while it changes", async () => {
  rig.bench.file("deploy.yaml", deploy);
  const terminal = rig.open([], { columns: 80, rows: 24 });
  await terminal.sees("deploy");
  for (const [columns, rows] of [
    [20, 3],
    [1, 1],
    [200, 60],
    [40, 10],
    [100, 30],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.sees(columns < 2 ? /./ : columns < 30 ? "runsheet" : "RUNBOOKS");
  }
  terminal.type("\r");
  await terminal.sees("new run of deploy");
  terminal.resize(29, 7);
  await terminal.sees(/host/);
  terminal.resize(100, 30);
  await terminal.sees("show the plan");
  terminal.type("\u001b");
  await terminal.sees("RUNBOOKS");
  terminal.type("h");
  await terminal.sees("no runs yet");
  terminal.type("?");
  await terminal.sees("KEYS");
  terminal.pty.kill("SIGTERM");
  expect(await terminal.exited).toBe(143);
  expect(terminal.onAlternateScreen).toBe(false);
});
