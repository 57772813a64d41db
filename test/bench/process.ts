/*
 * What an attempt costs over a bare spawn, and how many fit into a second. `node test/bench/process.ts [rounds]`
 *
 * Rounds of all kinds alternate, because the machine's speed changes from minute to minute: trust the differences.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcesses } from "../../src/process/index.ts";

const argv = ["/bin/sh", "-c", "exit 0"];
const width = 16;
const itemsPerRound = 160;
const stepsPerRound = 40;
const rounds = Number(process.argv[2] ?? 7);

const scratch = mkdtempSync(join(tmpdir(), "runsheet-bench-"));
const processes = createProcesses();

const kinds = {
  "bare spawn": bareSpawn,
  attempt: () => attempt([]),
  "attempt with secrets": () => attempt(["a-value-to-be-hidden"]),
};

try {
  await attempt(["a-value-to-be-hidden"]);
  await report();
} finally {
  processes.close();
  rmSync(scratch, { recursive: true, force: true });
}

async function report(): Promise<void> {
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const steps = new Map(names.map((name) => [name, [] as number[]]));
  const rates = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      for (let step = 0; step < stepsPerRound; step++) steps.get(name)?.push(await timed(kinds[name]));
      rates.get(name)?.push(itemsPerRound / ((await timed(() => wide(kinds[name]))) / 1000));
    }
  }
  const bare = median(steps.get("bare spawn") ?? []);
  for (const name of names) {
    const p50 = median(steps.get(name) ?? []);
    const rate = median(rates.get(name) ?? []);
    const added = (p50 - bare).toFixed(2);
    console.log(`${name.padEnd(22)} p50 ${p50.toFixed(2)} ms (+${added}), ${width}-wide ${rate.toFixed(0)} items/s`);
  }
}

function bareSpawn(): Promise<void> {
  return new Promise((resolve) => {
    spawn(argv[0] as string, argv.slice(1), { stdio: "ignore", detached: true }).once("exit", () => resolve());
  });
}

async function attempt(secrets: readonly string[]): Promise<void> {
  const attemptId = randomUUID();
  const prepared = await processes.prepare({
    command: { argv, shown: argv.join(" "), secretEnv: {} },
    cwd: scratch,
    env: {},
    dir: join(scratch, "attempts", attemptId),
    attemptId,
    secrets,
    dieWithExecutor: false,
  });
  if (prepared.kind === "failed") throw new Error(prepared.failure.message);
  await prepared.attempt.release().ended;
}

async function wide(work: () => Promise<void>): Promise<void> {
  let left = itemsPerRound;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
