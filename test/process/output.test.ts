import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { OutputSummary } from "../../src/domain/attempt.ts";
import { readEntries } from "./executor.ts";
import { createRig, type Rig } from "./rig.ts";
import { createRun } from "./run-rig.ts";

const MiB = 1024 * 1024;

test("an output above its limit keeps beginning and end, its full size and its hash, and the command is not disturbed", async () => {
  const rig = createRig({ outputCapBytes: 4 * MiB });
  const { dir, output } = await finish(rig, "echo first; head -c 30000000 /dev/zero | tr '\\0' x; echo; echo last");
  const whole = Buffer.concat([Buffer.from("first\n"), Buffer.alloc(30_000_000, "x"), Buffer.from("\nlast\n")]);
  expect(output.outBytes).toBe(whole.length);
  expect(output.outDroppedBytes).toBeGreaterThan(24_000_000);
  expect(statSync(join(dir, "out")).blocks * 512).toBeLessThan(5 * MiB);
  // Where writing is faster than hashing, the limit comes first.
  if (output.outSha256) expect(output.outSha256).toBe(createHash("sha256").update(whole).digest("hex"));
  const { text, truncated } = await rig.processes.output(dir, "out", 100 * MiB);
  expect(truncated).toBe(false);
  expect(text.startsWith("first\nxxx")).toBe(true);
  expect(text.endsWith("xxx\nlast\n")).toBe(true);
  expect(text).toContain(`[… ${output.outDroppedBytes} bytes were given up here`);
  expect(text).not.toContain("\0");
  const [long, last] = await rig.processes.tail(dir, 2);
  expect(last).toBe("last");
  expect(long?.length).toBeLessThan(5_000);
});

test("a slow writer of a long output keeps its hash", async () => {
  const rig = createRig({ outputCapBytes: MiB });
  const line = "n=0; while [ $n -lt 12 ]; do head -c 400000 /dev/zero; sleep 0.15; n=$((n+1)); done";
  const { output } = await finish(rig, line);
  expect(output).toMatchObject({
    outBytes: 4_800_000,
    outSha256: createHash("sha256").update(Buffer.alloc(4_800_000)).digest("hex"),
  });
  expect(output.outDroppedBytes).toBeGreaterThan(3_000_000);
});

test("where no holes can be made in files, the limit holds all the same", async () => {
  const without = createRig();
  const bin = without.dir;
  writeFileSync(join(bin, "fallocate"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${bin}${delimiter}${path}`;
  try {
    const rig = createRig({ outputCapBytes: MiB });
    const { dir, output } = await finish(
      rig,
      "echo first; head -c 9000000 /dev/zero | tr '\\0' x; sleep 0.5; echo; echo last",
    );
    expect(output.outBytes).toBe(9_000_012);
    expect(output.outSha256).toBeUndefined();
    expect(statSync(join(dir, "out")).size).toBeLessThan(MiB + 1);
    const { text } = await rig.processes.output(dir, "out", 10 * MiB);
    expect(text.startsWith("first\nxxx")).toBe(true);
    expect(text.endsWith("\nlast\n")).toBe(true);
    expect((await rig.processes.tail(dir, 1))[0]).toBe("last");
  } finally {
    process.env.PATH = path;
  }
});

test("a gigabyte of output needs no memory", async () => {
  const run = createRun("head -c 1073741824 /dev/zero; echo end");
  const executor = run.execute(1, { RUNSHEET_TEST_CAP: String(64 * MiB) });
  expect(await executor.exited).toBe(0);
  const [ended] = readEntries(run.dir).filter((entry) => entry.kind === "ended");
  expect(ended?.end.kind === "exited" && ended.end.output.outBytes).toBe(1_073_741_828);
  expect(statSync(join(run.dir, "attempts/step-1.1/out")).blocks * 512).toBeLessThan(80 * MiB);
  expect(ended?.peakMemoryBytes).toBeLessThan(150 * MiB);
});

test("binary output and endless lines can be looked at, within limits", async () => {
  const rig = createRig();
  const line =
    "printf 'ok\\n\\377\\376\\000\\033]0;title\\007\\n'; head -c 10000000 /dev/zero | tr '\\0' y; printf '\\303\\244end'";
  const { dir } = await finish(rig, line);
  const { text, truncated } = await rig.processes.output(dir, "out", 10);
  expect({ text, truncated }).toEqual({ text: "ok\n\ufffd\ufffd\0\x1b]0;", truncated: true });
  const lines = await rig.processes.tail(dir, 3);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(5_000);
  expect(lines[0]?.endsWith("yyyäend")).toBe(true);
});

test("a character is not cut in half where a text ends", async () => {
  const rig = createRig();
  const { dir } = await finish(rig, "printf 'aä€😀'");
  for (const [bytes, text] of [
    [1, "a"],
    [2, "a"],
    [3, "aä"],
    [5, "aä"],
    [6, "aä€"],
    [9, "aä€"],
    [10, "aä€😀"],
  ] as const) {
    expect((await rig.processes.output(dir, "out", bytes)).text).toBe(text);
  }
});

test("the last lines come from both streams, and the stream that spoke last comes last", async () => {
  const rig = createRig();
  const { dir } = await finish(
    rig,
    "for n in 1 2 3 4; do echo out $n; done; sleep 0.05; for n in 1 2 3; do echo err $n >&2; done",
  );
  expect(await rig.processes.tail(dir, 4)).toEqual(["out 3", "out 4", "err 2", "err 3"]);
  expect(await rig.processes.tail(dir, 100)).toHaveLength(7);
  expect(await rig.processes.tail(dir, 0)).toEqual([]);
  const quiet = await finish(rig, "echo only 1; echo only 2; echo only 3");
  expect(await rig.processes.tail(quiet.dir, 2)).toEqual(["only 2", "only 3"]);
});

test("an attempt that does not exist has printed nothing", async () => {
  const rig = createRig();
  expect(await rig.processes.output(join(rig.dir, "none"), "out", 10)).toEqual({ text: "", truncated: false });
  expect(await rig.processes.tail(join(rig.dir, "none"), 10)).toEqual([]);
});

test("a command that truncates its own output does not confuse size and hash", async () => {
  const rig = createRig({ outputCapBytes: MiB });
  // In a script of its own, where we cannot see it and give it a pipe instead.
  writeFileSync(join(rig.dir, "script"), "head -c 900000 /dev/zero; sleep 0.4; echo anew > /dev/stdout; echo end");
  const { dir, output } = await finish(rig, "sh ./script");
  expect(readFileSync(join(dir, "out"), "utf8")).toBe("anew\nend\n");
  expect(output).toMatchObject({
    outBytes: 9,
    outSha256: createHash("sha256").update("anew\nend\n").digest("hex"),
  });
});

test("a long output that was truncated and has grown again gets no wrong hash", async () => {
  const rig = createRig({ outputCapBytes: 64 * MiB });
  const script = "head -c 20000000 /dev/zero; sleep 0.5; echo anew > /dev/stdout; head -c 21000000 /dev/zero";
  writeFileSync(join(rig.dir, "script"), script);
  const { dir, output } = await finish(rig, "sh ./script");
  const right = createHash("sha256")
    .update(readFileSync(join(dir, "out")))
    .digest("hex");
  expect(output.outBytes).toBe(21_000_005);
  expect([undefined, right]).toContain(output.outSha256);
});

async function finish(rig: Rig, line: string): Promise<{ dir: string; output: OutputSummary }> {
  const { running, dir } = await rig.start(line);
  const end = await running.ended;
  if (end.kind !== "exited") throw new Error(`ended unexpectedly: ${JSON.stringify(end)}`);
  expect(end.exitCode).toBe(0);
  return { dir, output: end.output };
}
