import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CommandRequest, ProbeResult } from "../../src/domain/ports.ts";
import { createRig, isRunning, type Line, pidIn, type Rig, until } from "./rig.ts";

test("arguments of a probe reach the program as they are, whatever zx is told by the environment", async () => {
  const rig = createRig();
  // zx reads them when it is loaded: this test comes first.
  const hostile = ["'; touch pwned #", "$(touch pwned)", "`x`", "a\nb", "-n", "", "*", "ü"];
  process.env.ZX_PREFIX = "echo prefixed;";
  process.env.ZX_VERBOSE = "true";
  try {
    const result = await ask(rig, ["printf", "<%s>", ...hostile]);
    expect(result).toMatchObject({ stdout: hostile.map((word) => `<${word}>`).join("") });
  } finally {
    delete process.env.ZX_PREFIX;
    delete process.env.ZX_VERBOSE;
  }
});

test("a probe tells what the command printed and how it ended", async () => {
  const rig = createRig();
  expect(await ask(rig, "echo out; echo err >&2; exit 3")).toEqual({
    kind: "exited",
    exitCode: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
  expect(await ask(rig, "kill -TERM $$")).toMatchObject({ kind: "exited", exitCode: 143 });
  expect(await ask(rig, "pwd; cat")).toMatchObject({ stdout: `${rig.dir}\n` });
});

test("of a long answer the beginning is kept, and the command is not disturbed", async () => {
  const rig = createRig();
  const result = await ask(rig, "head -c 50000000 /dev/zero | tr '\\0' x; echo err >&2; exit 4", { maxBytes: 1000 });
  expect(result).toEqual({ kind: "exited", exitCode: 4, stdout: "x".repeat(1000), stderr: "err\n" });
});

test("a probe that takes too long is ended with all that it has started", async () => {
  const rig = createRig();
  const result = await ask(rig, "sleep 1000 & echo $! > child; echo $$ > pid; echo why >&2; wait", { timeoutMs: 400 });
  expect(result).toMatchObject({ kind: "failed", failure: { code: "probe-timeout" } });
  expect(result.kind === "failed" && result.failure.message).toContain("it said: why");
  const pids = [await pidIn(join(rig.dir, "pid")), await pidIn(join(rig.dir, "child"))];
  await until("both are gone", () => !pids.some(isRunning));
});

test("a probe that ignores TERM is killed", async () => {
  const rig = createRig();
  const result = await ask(rig, "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done", { timeoutMs: 300 });
  expect(result).toMatchObject({ kind: "failed", failure: { code: "probe-timeout" } });
  expect(isRunning(await pidIn(join(rig.dir, "pid")))).toBe(false);
});

test("a probe is given up when the run stops", async () => {
  const rig = createRig();
  const stop = new AbortController();
  const asked = ask(rig, "echo $$ > pid; sleep 1000", { signal: stop.signal });
  await pidIn(join(rig.dir, "pid"));
  stop.abort();
  expect(await asked).toMatchObject({ kind: "failed", failure: { code: "cancelled" } });
  expect(await ask(rig, "touch late", { signal: stop.signal })).toMatchObject({ kind: "failed" });
});

test("a background process that keeps the pipes does not hold up the answer", async () => {
  const rig = createRig();
  const result = await ask(rig, "sleep 1000 & echo $! > child; echo answer");
  expect(result).toMatchObject({ kind: "exited", exitCode: 0, stdout: "answer\n" });
  process.kill(Number(readFileSync(join(rig.dir, "child"), "utf8")), "SIGKILL");
});

test("secrets in a probe's answer are masked, also where the answer is cut", async () => {
  const rig = createRig();
  const secretEnv = { TOKEN: "a-secret-token" };
  const line = 'echo "<$TOKEN>"; printf %s "$TOKEN" | base64 >&2';
  expect(await ask(rig, line, {}, secretEnv)).toMatchObject({ stdout: "<***>\n", stderr: "***\n" });
  expect(await ask(rig, 'printf "12345$TOKEN"', { maxBytes: 10 }, secretEnv)).toMatchObject({ stdout: "12345***" });
});

test("text across the borders of chunks stays whole", async () => {
  const rig = createRig();
  const result = await ask(rig, "printf '\\342\\202'; sleep 0.1; printf '\\254'");
  expect(result).toMatchObject({ stdout: "€" });
});

test.each([
  ["a program that does not exist", ["no-such-program"], undefined, "not-found"],
  ["a directory that does not exist", ["true"], "/no/such/place", "no-directory"],
  ["an argument that is too long", ["true", "x".repeat(200_000)], undefined, "not-started"],
])("%s is a failure", async (_name, argv, cwd, code) => {
  const rig = createRig();
  const request: CommandRequest = {
    command: { argv, shown: argv[0] as string, secretEnv: {} },
    cwd: cwd ?? rig.dir,
    env: {},
  };
  const result = await rig.processes.probe(request, { timeoutMs: 5_000, maxBytes: 100 });
  expect(result).toMatchObject({ kind: "failed", failure: { code } });
});

function ask(
  rig: Rig,
  line: Line,
  limits: Partial<Parameters<Rig["processes"]["probe"]>[1]> = {},
  secretEnv: Record<string, string> = {},
): Promise<ProbeResult> {
  const argv = typeof line === "string" ? ["/bin/sh", "-c", line] : line;
  const request = { command: { argv, shown: argv.join(" "), secretEnv }, cwd: rig.dir, env: {} };
  return rig.processes.probe(request, { timeoutMs: 30_000, maxBytes: 100_000, ...limits });
}
