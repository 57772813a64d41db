import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createProcesses } from "../../src/process/index.ts";
import { attemptDir, type Entry, readEntries } from "./executor.ts";
import { isRunning, kill, pidIn, until } from "./rig.ts";
import { createRun } from "./run-rig.ts";

const waitForGo = "echo $$ > pid; while [ ! -e go ]; do sleep 0.01; done";

test("a command whose executor was killed is found again, waited for, and its real exit code learned", async () => {
  const run = createRun(`${waitForGo}; echo end; exit 7`);
  const first = run.execute(1);
  await pidIn(join(run.dir, "pid"));
  first.kill();
  await first.exited;
  const second = run.execute(1);
  await until("the second executor has adopted", () => second.isWaiting());
  writeFileSync(join(run.dir, "go"), "");
  expect(await second.exited).toBe(1);
  expect(ends(run.dir)).toMatchObject([{ late: true, end: { kind: "exited", exitCode: 7, output: { outBytes: 4 } } }]);
  expect(readFileSync(join(attemptDir(run.dir, 1, 1), "out"), "utf8")).toBe("end\n");
  expect(run.ledger()).toEqual([1]);
});

test("a command that ended while nobody watched is known as well", async () => {
  const run = createRun(`${waitForGo}; echo end; exit 7`);
  const first = run.execute(1);
  const pid = await pidIn(join(run.dir, "pid"));
  first.kill();
  await first.exited;
  writeFileSync(join(run.dir, "go"), "");
  await until("the command has ended", () => !isRunning(pid));
  expect(await run.execute(1).exited).toBe(1);
  expect(ends(run.dir)).toMatchObject([{ late: true, end: { kind: "exited", exitCode: 7 } }]);
});

test("a command that lost its wrapper is waited for, and then in doubt", async () => {
  const run = createRun(`${waitForGo}; echo end`);
  const first = run.execute(1);
  const pid = await pidIn(join(run.dir, "pid"));
  first.kill();
  kill(released(run.dir).identity.pid);
  const second = run.execute(1);
  await until("the second executor has adopted", () => second.isWaiting());
  expect(ends(run.dir)).toEqual([]);
  expect(isRunning(pid)).toBe(true);
  writeFileSync(join(run.dir, "go"), "");
  expect(await second.exited).toBe(4);
  const [entry] = ends(run.dir);
  expect(entry).toMatchObject({ end: { kind: "lost", output: { outBytes: 4 } } });
  const evidence = entry?.end.kind === "lost" ? entry.end.evidence.join("\n") : "";
  expect(evidence).toContain("the command was started, and nothing says how it ended");
  expect(evidence).toContain(`process ${released(run.dir).identity.pid} is gone`);
  expect(evidence).toContain("last written to out");
});

test("a command whose FIFO somebody removed is still found by its process", async () => {
  const run = createRun(`${waitForGo}; exit 5`);
  const first = run.execute(1);
  await pidIn(join(run.dir, "pid"));
  first.kill();
  await first.exited;
  rmSync(join(attemptDir(run.dir, 1, 1), "alive"));
  const second = run.execute(1);
  const over = await Promise.race([second.exited, delay(500, "still waiting")]);
  expect(over).toBe("still waiting");
  writeFileSync(join(run.dir, "go"), "");
  expect(await second.exited).toBe(1);
  expect(ends(run.dir)).toMatchObject([{ late: true, end: { kind: "exited", exitCode: 5 } }]);
});

test("a command that was killed with its wrapper is in doubt at once", async () => {
  const run = createRun(waitForGo);
  const first = run.execute(1);
  const pid = await pidIn(join(run.dir, "pid"));
  first.kill();
  kill(released(run.dir).identity.pid);
  kill(pid);
  expect(await run.execute(1).exited).toBe(4);
  expect(ends(run.dir)).toMatchObject([{ late: true, end: { kind: "lost" } }]);
});

test("a command that died of a signal while nobody watched is reported with the signal", async () => {
  const run = createRun(waitForGo);
  const first = run.execute(1);
  const pid = await pidIn(join(run.dir, "pid"));
  first.kill();
  await first.exited;
  kill(pid);
  expect(await run.execute(1).exited).toBe(4);
  expect(ends(run.dir)).toMatchObject([{ late: true, end: { kind: "signalled", signal: "SIGKILL" } }]);
});

test("after a restart of the machine, an attempt without a record is in doubt even if it seems not to have begun", async () => {
  const run = createRun("exit 0");
  const executor = run.execute(1, { RUNSHEET_FAULT: "process.gated=kill" });
  await executor.exited;
  // The release may have been durable, and what the wrapper wrote lost.
  const processes = createProcesses();
  const identity = { pid: 4, startTicks: "1", bootId: "another boot", pidNamespace: "pid:[1]" };
  writeFileSync(join(attemptDir(run.dir, 1, 1), "exit"), Buffer.alloc(256, "\n"));
  const adopted = await processes.adopt({ dir: attemptDir(run.dir, 1, 1), attemptId: "some-id", identity });
  const end = await adopted.ended;
  expect(end.kind === "lost" && end.evidence.join("\n")).toContain("the machine was restarted since");
});

test.each([
  ["before its directory is made", "process.before-dir", []],
  ["before the wrapper is started", "process.before-spawn", []],
  ["while the wrapper stands at its gate", "process.gated", []],
  ["right after the gate was opened", "process.after-go", ["exited"]],
  ["when it has seen the end, before it is on record", "process.exit-seen", ["exited"]],
])("an executor that dies %s loses nothing and does nothing twice", async (_when, point, late) => {
  const run = createRun("echo done");
  expect(await run.execute(2, { RUNSHEET_FAULT: `${point}=kill` }).exited).toBe("SIGKILL");
  expect(await run.execute(2).exited).toBe(0);
  expect(run.ledger()).toEqual([1, 2]);
  expect(
    ends(run.dir)
      .filter((entry) => entry.late)
      .map((entry) => entry.end.kind),
  ).toEqual(late);
});

test("an attempt that was released but whose gate never opened is started anew without a question", async () => {
  const run = createRun("echo done");
  expect(await run.execute(1, { RUNSHEET_FAULT: "process.before-go=kill" }).exited).toBe("SIGKILL");
  expect(run.ledger()).toEqual([]);
  expect(await run.execute(1).exited).toBe(0);
  expect(ends(run.dir).map((entry) => entry.end.kind)).toEqual(["not-started", "exited"]);
  expect(run.ledger()).toEqual([1]);
});

test.each(["eio", "full"])(
  "an attempt that cannot be prepared (%s) is a failure, and nothing of it stays",
  async (fault) => {
    const run = createRun("echo done");
    const executor = run.execute(1, { RUNSHEET_FAULT: `process.before-spawn=${fault}` });
    expect(await executor.exited).toBe(3);
    expect(run.ledger()).toEqual([]);
    expect(existsSync(join(run.dir, "attempts"))).toBe(true);
    expect(await run.execute(1).exited).toBe(0);
  },
);

function ends(dir: string): Extract<Entry, { kind: "ended" }>[] {
  return readEntries(dir).filter((entry) => entry.kind === "ended");
}

function released(dir: string): Extract<Entry, { kind: "released" }> {
  return readEntries(dir).findLast((entry) => entry.kind === "released") as Extract<Entry, { kind: "released" }>;
}
