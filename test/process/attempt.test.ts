import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attemptRequest, createRig, isRunning, kill, pidIn, processesMarked, until } from "./rig.ts";

describe.each(["/bin/dash", "/bin/bash"])("under %s as sh", (shell) => {
  test.each([
    ["exit 0", { kind: "exited", exitCode: 0 }],
    ["exit 3", { kind: "exited", exitCode: 3 }],
    ["exit 255", { kind: "exited", exitCode: 255 }],
    ["no-such-program-anywhere", { kind: "exited", exitCode: 127 }],
    ["kill -9 $$", { kind: "signalled", signal: "SIGKILL" }],
    ["kill -TERM $$", { kind: "signalled", signal: "SIGTERM" }],
    ["kill 0", { kind: "signalled", signal: "SIGTERM" }],
    ["kill -USR1 0", { kind: "signalled", signal: "SIGUSR1" }],
    ["sh -c 'kill -INT $$'; exit", { kind: "signalled", signal: "SIGINT" }],
  ])("`%s` is reported as what it is", async (line, end) => {
    const { running, dir } = await createRig({}, shell).start(line);
    expect(await running.ended).toMatchObject(end);
    expect(readFileSync(join(dir, "err"), "utf8")).not.toMatch(/killed|terminated|runsheet/i);
  });

  test("nothing runs before the gate opens, and nothing ever when it is given up", async () => {
    const rig = createRig({}, shell);
    const { gated, dir, attemptId } = await rig.prepare(`touch ran`);
    expect(rig.processes.traces(dir)).toBe("alive");
    await gated.abandon();
    expect(existsSync(join(rig.dir, "ran"))).toBe(false);
    expect(rig.processes.traces(dir)).toBe("never-ran");
    const adopted = await rig.processes.adopt({ dir, attemptId, identity: gated.identity });
    expect(await adopted.ended).toEqual({ kind: "not-started" });
  });

  test("a wrapper that is killed at its gate has certainly not started its command", async () => {
    const { gated, processes } = await (async () => {
      const rig = createRig({}, shell);
      return { ...(await rig.prepare("touch ran")), processes: rig.processes };
    })();
    kill(gated.identity.pid);
    await until("the wrapper is gone", () => !isRunning(gated.identity.pid));
    expect(await gated.release().ended).toEqual({ kind: "not-started" });
    processes.close();
  });

  test("a wrapper that is killed later leaves the attempt in doubt, after its command has ended", async () => {
    const rig = createRig({}, shell);
    const { running, gated } = await rig.start("echo $$ > pid; while [ ! -e go ]; do sleep 0.01; done; echo late");
    const command = await pidIn(join(rig.dir, "pid"));
    kill(gated.identity.pid);
    await until("the wrapper is gone", () => !isRunning(gated.identity.pid));
    expect(isRunning(command)).toBe(true);
    writeFileSync(join(rig.dir, "go"), "");
    const end = await running.ended;
    expect(end).toMatchObject({ kind: "lost", output: { outBytes: 5 } });
    expect(end.kind === "lost" && end.evidence.join("\n")).toContain("nothing says how it ended");
  });

  test("a command finds standard input empty, our descriptors closed and its environment as given", async () => {
    const rig = createRig({ env: { PATH: process.env.PATH, IFS: "x", go: "1", code: "2", RUNSHEET_GATE: "x" } }, shell);
    const line =
      'cat; ls /proc/self/fd | grep -x [0-9] | tr \'\\n\' \' \'; echo; printf \'%s \' "$go" "$code" "${RUNSHEET_GATE-unset}" "$own"; pwd';
    const { running, dir } = await rig.start(["/bin/sh", "-c", line], { env: { own: "a b" } });
    expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 0 });
    // 5 is the FIFO that says "alive"; 3 is the directory that ls reads.
    expect(readFileSync(join(dir, "out"), "utf8")).toBe(`0 1 2 3 5 \n1 2 unset a b ${rig.dir}\n`);
  });

  test("signals that the wrapper ignores have their usual effect on the command", async () => {
    const rig = createRig({}, shell);
    const { running, dir } = await rig.start(["grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"]);
    await running.ended;
    expect(readFileSync(join(dir, "out"), "utf8").match(/0{16}/g)).toHaveLength(2);
  });

  test("arguments reach the program as they are", async () => {
    const rig = createRig({}, shell);
    const hostile = [
      "'; touch pwned #",
      "$(touch pwned)",
      "`touch pwned`",
      "a\nb",
      "-rf",
      "--",
      "{{7*7}}",
      "__proto__",
      "",
      " ",
      "ü\u00ff",
      "*",
    ];
    const { running, dir } = await rig.start(["printf", "<%s>", ...hostile]);
    expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 0 });
    expect(readFileSync(join(dir, "out"), "utf8")).toBe(hostile.map((word) => `<${word}>`).join(""));
    expect(readdirSync(rig.dir)).not.toContain("pwned");
  });
});

test("what was printed is kept byte for byte, with its size and hash", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("printf 'a\\000\\377\\033[31m'; printf 'wrong' >&2");
  const out = Buffer.from("a\0\xff\x1b[31m", "latin1");
  const sha = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
  expect(await running.ended).toEqual({
    kind: "exited",
    exitCode: 0,
    output: { outBytes: out.length, errBytes: 5, outSha256: sha(out), errSha256: sha("wrong") },
  });
  expect(readFileSync(join(dir, "out")).equals(out)).toBe(true);
  expect(await rig.processes.output(dir, "out", 100)).toEqual({ text: "a\0\ufffd\x1b[31m", truncated: false });
});

test("a background process that outlives its command is named, and does not hold up the step", async () => {
  const rig = createRig();
  const { running, gated } = await rig.start("sleep 1000 & echo $! > pid; exit 3");
  const pid = await pidIn(join(rig.dir, "pid"));
  const end = await running.ended;
  expect(end).toMatchObject({ kind: "exited", exitCode: 3, lingering: [`${pid} sleep 1000`] });
  expect(end.kind === "exited" && end.output.outSha256).toBeUndefined();
  expect(isRunning(pid)).toBe(true);
  expect(isRunning(gated.identity.pid)).toBe(false);
  await running.stop(1000);
  expect(isRunning(pid)).toBe(false);
});

test("directories and files are for their owner only, and commands keep the umask of the caller", async () => {
  const script = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "../../src/process/index.ts"))};
    process.umask(0);
    const processes = createProcesses();
    const request = JSON.parse(process.argv[1]);
    const prepared = await processes.prepare(request);
    await prepared.attempt.release().ended;
    processes.close();
  `;
  for (const secrets of [[], ["some-secret"]]) {
    const rig = createRig();
    const request = attemptRequest(rig.dir, "umask; mkdir of-step; touch of-step/file", { secrets });
    execFileSync(process.execPath, ["--input-type=module", "-e", script, JSON.stringify(request)]);
    const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
    expect(mode(join(rig.dir, "attempts"))).toBe("700");
    expect(mode(request.dir)).toBe("700");
    expect(readdirSync(request.dir).sort()).toEqual(
      secrets.length === 0 ? ["alive", "err", "exit", "out"] : ["alive", "err", "exit", "out", "redaction"],
    );
    for (const name of readdirSync(request.dir)) expect(mode(join(request.dir, name))).toBe("600");
    expect(readFileSync(join(request.dir, "out"), "utf8")).toBe("0000\n");
    expect(mode(join(rig.dir, "of-step"))).toBe("777");
    expect(mode(join(rig.dir, "of-step/file"))).toBe("666");
  }
});

test("an attempt that has run is never overwritten by another of the same name", async () => {
  const rig = createRig();
  const { running, dir } = await rig.start("echo once");
  await running.ended;
  const again = await rig.processes.prepare(attemptRequest(rig.dir, "echo twice", { dir }));
  expect(again).toMatchObject({ kind: "failed", failure: { code: "attempt-exists", retryable: false } });
  expect(rig.processes.traces(dir)).toBe("ran");
  expect(readFileSync(join(dir, "out"), "utf8")).toBe("once\n");
});

test("a directory whose command never ran is used again", async () => {
  const rig = createRig();
  const { gated, dir } = await rig.prepare("echo never");
  await gated.abandon();
  const { running } = await rig.start("echo once", { dir });
  expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 0 });
});

test.each([
  ["an empty command", { argv: [] as string[] }, "bad-command"],
  ["NUL in an argument", { argv: ["echo", "a\0b"] }, "bad-command"],
  ["a program that looks like an option", { argv: ["-x"] }, "bad-command"],
  ["an argument that is too long", { argv: ["true", "x".repeat(200_000)] }, "command-too-long"],
])("%s is refused with a reason, not thrown", async (_name, { argv }, code) => {
  const rig = createRig();
  const prepared = await rig.processes.prepare(
    attemptRequest(rig.dir, argv, { command: { argv, shown: "shown", secretEnv: {} } }),
  );
  expect(prepared).toMatchObject({ kind: "failed", failure: { code } });
  expect(prepared.kind === "failed" && prepared.failure.hint).toBeTruthy();
});

test("a directory that does not exist is named", async () => {
  const rig = createRig();
  const prepared = await rig.processes.prepare(attemptRequest(rig.dir, "true", { cwd: "/no/such/place" }));
  expect(prepared).toMatchObject({ kind: "failed", failure: { code: "no-directory" } });
  expect(prepared.kind === "failed" && prepared.failure.message).toContain("/no/such/place");
});

test("an attempts directory that cannot be made is a failure", async () => {
  const rig = createRig();
  writeFileSync(join(rig.dir, "file"), "");
  const prepared = await rig.processes.prepare(
    attemptRequest(rig.dir, "true", { dir: join(rig.dir, "file/attempts/a.1") }),
  );
  expect(prepared).toMatchObject({ kind: "failed", failure: { code: "not-started" } });
});

test("a hundred attempts at once leave nothing behind but their directories", async () => {
  const rig = createRig();
  const mark = `RUNSHEET_TEST_MARK=${rig.dir}`;
  const ends = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const { running } = await rig.start(`exit ${n}`, { env: { RUNSHEET_TEST_MARK: rig.dir } });
      return running.ended;
    }),
  );
  expect(ends.map((end) => end.kind === "exited" && end.exitCode)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(processesMarked(mark)).toEqual([]);
  rig.processes.close();
  expect(readdirSync(join(rig.dir, "attempts")).filter((name) => !name.startsWith("step."))).toEqual([]);
});

test("what a killed executor left prepared is cleared away by the next", async () => {
  const rig = createRig();
  mkdirSync(join(rig.dir, "attempts/.spare-1-x"), { recursive: true });
  await (await rig.start("true")).running.ended;
  expect(readdirSync(join(rig.dir, "attempts"))).not.toContain(".spare-1-x");
});

test("an executor that runs out of descriptors says so, and misjudges no attempt", async () => {
  const rig = createRig();
  const script = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "../../src/process/index.ts"))};
    const processes = createProcesses();
    const requests = JSON.parse(process.argv[1]);
    const all = await Promise.all(requests.map((request) => processes.prepare(request)));
    const ends = await Promise.all(all.map(async (prepared) =>
      prepared.kind === "failed" ? prepared.failure.code : (await prepared.attempt.release().ended).kind));
    console.log(JSON.stringify(ends));
    processes.close();
  `;
  const requests = Array.from({ length: 60 }, () => attemptRequest(rig.dir, "echo $$ >> ran"));
  const limited = ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script];
  const ends = JSON.parse(
    execFileSync("/bin/sh", [...limited, JSON.stringify(requests)], { encoding: "utf8" }),
  ) as string[];
  const exited = ends.filter((end) => end === "exited").length;
  expect(new Set(ends)).toEqual(new Set(["exited", "no-process"]));
  expect(readFileSync(join(rig.dir, "ran"), "utf8").trim().split("\n")).toHaveLength(exited);
});
