import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attemptRequest, createRig, isRunning, kill, pidIn, processesMarked, until } from "./rig.ts";

const sleepers = "for n in 1 2 3; do sleep 1000 & done; echo $$ > pid; wait";

test("TERM ends a command with everything it has started", async () => {
  const rig = createRig();
  const { running } = await rig.start(sleepers);
  await pidIn(join(rig.dir, "pid"));
  await running.stop(10_000);
  expect(await running.ended).toMatchObject({ kind: "signalled", signal: "SIGTERM" });
});

test("a command that cleans up at TERM is given the time for it", async () => {
  const rig = createRig();
  const line = "trap 'sleep 0.2; touch cleaned; exit 7' TERM; echo $$ > pid; while :; do sleep 0.01; done";
  const { running } = await rig.start(line);
  await pidIn(join(rig.dir, "pid"));
  await running.stop(30_000);
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 7 });
  expect(existsSync(join(rig.dir, "cleaned"))).toBe(true);
});

test("SIGINT is sent where it is asked for", async () => {
  const rig = createRig();
  const { running } = await rig.start("trap 'exit 9' INT; echo $$ > pid; while :; do sleep 0.01; done");
  await pidIn(join(rig.dir, "pid"));
  await running.stop(30_000, "SIGINT");
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 9 });
});

test("what ignores TERM is killed after the grace, and its end is still on record", async () => {
  const rig = createRig();
  const { running } = await rig.start("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  await pidIn(join(rig.dir, "pid"));
  await running.stop(100);
  expect(await running.ended).toMatchObject({ kind: "signalled", signal: "SIGKILL" });
});

test("a second request with less grace shortens the first", async () => {
  const rig = createRig();
  const { running } = await rig.start("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  await pidIn(join(rig.dir, "pid"));
  const first = running.stop(3_600_000);
  await running.stop(0);
  await first;
  expect(await running.ended).toMatchObject({ kind: "signalled", signal: "SIGKILL" });
});

test("processes that left session and group are found and ended too", async () => {
  const rig = createRig();
  const line = `setsid sh -c 'echo $$ > setsid; exec sleep 1000' &
    nohup setsid sh -c 'trap "" TERM; echo $$ > stubborn; while :; do sleep 0.01; done' >/dev/null 2>&1 &
    env -i /usr/bin/setsid /bin/sh -c 'echo $$ > bare; exec /bin/sleep 1000' &
    echo $$ > pid; wait`;
  const { running } = await rig.start(line);
  const pids = await Promise.all(["setsid", "stubborn", "bare"].map((name) => pidIn(join(rig.dir, name))));
  await running.stop(300);
  expect(pids.map(isRunning)).toEqual([false, false, false]);
  expect(await running.ended).toMatchObject({ kind: "signalled" });
});

test("a descendant without our FIFO, as Node starts them, is found by its environment", async () => {
  const rig = createRig();
  const program = `require("child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }).unref();
    require("fs").writeFileSync("pid", process.pid + "\\n"); setInterval(() => {}, 1000);`;
  const { running, attemptId } = await rig.start([process.execPath, "-e", program]);
  await pidIn(join(rig.dir, "pid"));
  await running.stop(5_000);
  expect(processesMarked(`RUNSHEET_ATTEMPT=${attemptId}`)).toEqual([]);
});

test("a step that runs this program is ended with the commands of the inner run", async () => {
  const rig = createRig();
  const inner = attemptRequest(rig.dir, "echo $$ > pid; sleep 1000");
  const script = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "../../src/process/index.ts"))};
    const prepared = await createProcesses().prepare(JSON.parse(process.argv[1]));
    await prepared.attempt.release().ended;
  `;
  const { running } = await rig.start([process.execPath, "--input-type=module", "-e", script, JSON.stringify(inner)]);
  const command = await pidIn(join(rig.dir, "pid"));
  await running.stop(30_000);
  expect(isRunning(command)).toBe(false);
  expect(processesMarked(inner.attemptId)).toEqual([]);
});

test("a stopped process is woken so that it can end", async () => {
  const rig = createRig();
  const { running } = await rig.start("trap 'exit 5' TERM; echo $$ > pid; while :; do sleep 0.01; done");
  const pid = await pidIn(join(rig.dir, "pid"));
  process.kill(pid, "SIGSTOP");
  await running.stop(30_000);
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 5 });
});

test("stopping what has ended does nothing", async () => {
  const rig = createRig();
  const { running } = await rig.start("exit 2");
  await running.ended;
  await running.stop(60_000);
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 2 });
});

test("a stop in the same moment as the start is heard at once, or keeps the command from starting", async () => {
  const rig = createRig();
  for (let round = 0; round < 10; round++) {
    const { running } = await rig.start("sleep 1000");
    await running.stop(30_000);
    const end = await running.ended;
    if (end.kind !== "not-started") expect(end).toMatchObject({ kind: "signalled", signal: "SIGTERM" });
  }
});

test("a foreign process that has the number of the wrapper is not touched, nor taken for the attempt", async () => {
  const rig = createRig();
  const foreign = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  try {
    const { running, gated, dir, attemptId } = await rig.start("echo $$ > pid; exec sleep 1000");
    const command = await pidIn(join(rig.dir, "pid"));
    kill(gated.identity.pid);
    const identity = { ...gated.identity, pid: foreign.pid as number };
    const adopted = await rig.processes.adopt({ dir, attemptId, identity });
    await adopted.stop(1_000);
    expect(isRunning(command)).toBe(false);
    expect(isRunning(foreign.pid as number)).toBe(true);
    const end = await adopted.ended;
    expect(end.kind).toBe("lost");
    expect((await running.ended).kind).toBe("lost");

    const later = await rig.processes.adopt({ dir, attemptId, identity });
    await later.stop(0);
    expect(await later.ended).toMatchObject({ kind: "lost" });
    expect(isRunning(foreign.pid as number)).toBe(true);
  } finally {
    foreign.kill("SIGKILL");
  }
});

test("a command that is to die with its executor does so, also when the executor is killed", async () => {
  const rig = createRig();
  const script = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "../../src/process/index.ts"))};
    const prepared = await createProcesses().prepare(JSON.parse(process.argv[1]));
    await prepared.attempt.release().ended;
  `;
  const line = "sleep 1000 & echo $! > child; echo $$ > pid; wait";
  const request = attemptRequest(rig.dir, line, { dieWithExecutor: true });
  const executor = spawn(process.execPath, ["--input-type=module", "-e", script, JSON.stringify(request)], {
    stdio: "inherit",
  });
  const pids = [await pidIn(join(rig.dir, "pid")), await pidIn(join(rig.dir, "child"))];
  executor.kill("SIGKILL");
  await until("the command is gone", () => !pids.some(isRunning));
  const adopted = await rig.processes.adopt({ dir: request.dir, attemptId: request.attemptId });
  expect(await adopted.ended).toMatchObject({ kind: "signalled", signal: "SIGTERM" });
});

test("with its executor alive, such a command ends as any other and leaves nothing", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("echo out; echo err >&2; exit 4", { dieWithExecutor: true });
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 4, output: { outBytes: 4, errBytes: 4 } });
  expect(readFileSync(join(dir, "out"), "utf8")).toBe("out\n");
});
