import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { randomOf } from "../engine/sim-world.ts";
import { has, processesWith } from "../rig/processes.ts";
import { Bench, type Result } from "../rig/runsheet.ts";
import { trials } from "../rig/trials.ts";
import { checkLedger } from "./ledger.ts";
import { twelveSteps } from "./runbooks.ts";

const LONG = process.env.RUNSHEET_LONG !== undefined;
const SEED = Number(process.env.RUNSHEET_SEED ?? Math.floor(Math.random() * 1e9));

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

const runDir = (id = "k") => join(bench.state, "runsheet", "runs", id);
const book = (steps: string) => `runsheet: 1\nname: t\ntitle: t\nenv: [LEDGER]\nsteps:\n${steps}`;
const step = (id: string, run: string, more = "onInterrupt: ask") =>
  `  - id: ${id}\n    ${more}\n    run: 'echo "${id} $RUNSHEET_ATTEMPT" >> "$LEDGER"; ${run}'\n`;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(10);
}

async function resume(id = "k"): Promise<Result> {
  return bench.run(["resume", id, "--headless"]);
}

/** Starts a run and waits until its ledger has `lines` lines. */
async function startUntil(text: string, lines: number, args: readonly string[] = []) {
  const started = bench.start(["run", bench.file("book.yaml", text), "--run-id", "k", "--headless", ...args]);
  await until(() => bench.ledgerLines().length >= lines);
  return started;
}

test("a command that outlives its executor is found again and its real exit code is learned", async () => {
  const started = await startUntil(book(step("slow", "sleep 1.5; echo end; exit 7")), 1);
  started.child.kill("SIGKILL");
  await started.result;
  expect((await bench.status("k")).state).toBe("interrupted");
  const resumed = await resume();
  expect(resumed.code).toBe(1);
  const status = await bench.status("k");
  expect(status.steps[0]).toMatchObject({ at: "slow", attempts: 1 });
  const first = await bench.run(["logs", "k", "--step", "slow", "--attempt", "1"]);
  expect(first.stdout).toBe("end\n");
  const events = checkLedger(runDir(), bench.ledgerLines());
  expect(events.find((event) => event.type === "attempt-ended")).toMatchObject({
    observedLate: true,
    outcome: { kind: "failed", exitCode: 7 },
  });
});

test("a command that ended while nobody watched is not run again", async () => {
  const started = await startUntil(book(step("slow", "sleep 0.5") + step("next", "true")), 1);
  started.child.kill("SIGKILL");
  await started.result;
  await until(() => processesWith(`LEDGER=${bench.ledger}`).length === 0);
  expect((await resume()).code).toBe(0);
  checkLedger(runDir(), bench.ledgerLines());
  expect(bench.ledgerLines().map((line) => line.split(" ")[0])).toEqual(["slow", "next"]);
});

test(`killing executor, wrapper and command together ends in doubt or goes on, and never twice (seed ${SEED})`, async () => {
  const random = randomOf(SEED);
  const rounds = LONG ? 100 : 4;
  trials(rounds);
  for (let round = 0; round < rounds; round++) {
    bench.remove();
    bench = new Bench();
    const cookie = `LEDGER=${bench.ledger}`;
    const started = bench.start(["run", bench.file("book.yaml", twelveSteps), "--run-id", "k", "--headless"]);
    await until(() => existsSync(runDir()) || started.child.exitCode !== null);
    await setTimeout(random() * 800);
    for (const pid of [started.pid, ...processesWith(cookie)]) killQuietly(pid);
    await started.result;
    for (const pid of processesWith(cookie)) killQuietly(pid);
    for (let tries = 0; tries < 20; tries++) {
      const result = await resume();
      if (result.code === 0 || result.stderr.includes("has ended")) break;
      expect(result.code, result.stderr).toBe(4);
      const at = /in doubt: (\S+)/.exec(result.stderr)?.[1] as string;
      expect(result.stderr).toContain(`runsheet resolve k ${at}`);
      const ran = bench.ledgerLines().some((line) => line.startsWith(`${at} `));
      const as = ran ? "done" : "not-done";
      expect((await bench.run(["resolve", "k", at, "--as", as, "--reason", "looked at the ledger"])).code).toBe(0);
    }
    checkLedger(runDir(), bench.ledgerLines());
    expect(new Set(bench.ledgerLines().map((line) => line.split(" ")[0])).size).toBe(12);
  }
});

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

test("of many concurrent resumes exactly one carries the run on, the others name the owner and leave", async () => {
  const started = await startUntil(
    book(step("slow", "until test -f go; do sleep 0.05; done") + step("next", "true")),
    1,
  );
  started.child.kill("SIGKILL");
  await started.result;
  const racers = Array.from({ length: LONG ? 50 : 6 }, () => resume());
  let left = racers.length;
  for (const racer of racers) void racer.then(() => left--);
  await until(() => left <= 1);
  bench.file("go", "");
  const results = await Promise.all(racers);
  trials(results.length);
  const codes = results.map((result) => result.code).sort();
  expect(codes.filter((code) => code === 0)).toHaveLength(1);
  for (const result of results.filter(({ code }) => code !== 0)) {
    expect(result.code, result.stderr).toBe(75);
    expect(result.stderr).toMatch(/pid \d+/);
  }
  checkLedger(runDir(), bench.ledgerLines());
});

test("a stopped owner still owns the run", async () => {
  const started = await startUntil(book(step("slow", "sleep 1") + step("next", "true")), 1);
  started.child.kill("SIGSTOP");
  expect((await resume()).code).toBe(75);
  started.child.kill("SIGCONT");
  expect((await started.result).code).toBe(0);
  checkLedger(runDir(), bench.ledgerLines());
});

test("SIGTERM ends what runs within its grace, exits 143 and can be resumed", async () => {
  const text = book(step("slow", 'trap "exit 9" TERM; while :; do sleep 0.05; done', "idempotent: true"));
  const started = await startUntil(text, 1);
  started.child.kill("SIGTERM");
  const ended = await started.result;
  expect(ended.code).toBe(143);
  expect(ended.stderr).toContain("runsheet resume k");
  expect(await bench.status("k")).toMatchObject({ state: "paused", reason: "signal" });
});

test("SIGINT lets the running step end and begins no other", async () => {
  const started = await startUntil(book(step("slow", "sleep 0.8") + step("next", "true")), 1);
  started.child.kill("SIGINT");
  expect((await started.result).code).toBe(130);
  expect(bench.ledgerLines()).toHaveLength(1);
  expect((await resume()).code).toBe(0);
  checkLedger(runDir(), bench.ledgerLines());
});

test("SIGHUP leaves at once, the command runs on and is found again", async () => {
  const started = await startUntil(
    book(step("slow", "until test -f go; do sleep 0.05; done; touch ended") + step("next", "true")),
    1,
  );
  started.child.kill("SIGHUP");
  expect((await started.result).code).toBe(129);
  expect(existsSync(join(bench.dir, "ended"))).toBe(false);
  bench.file("go", "");
  expect((await resume()).code).toBe(0);
  expect(existsSync(join(bench.dir, "ended"))).toBe(true);
  checkLedger(runDir(), bench.ledgerLines());
});

test("a reader that goes away does not stop a run", async () => {
  const file = bench.file("book.yaml", book(step("a", "echo hello") + step("b", "sleep 0.3") + step("c", "true")));
  const shell = spawn(
    "/bin/sh",
    [
      "-c",
      `"$0" "$@" --events | head -1 >/dev/null`,
      process.execPath,
      join(import.meta.dirname, "../../src/main.ts"),
      "run",
      file,
      "--run-id",
      "k",
      "--headless",
      "--quiet",
    ],
    { cwd: bench.dir, env: { ...process.env, XDG_STATE_HOME: bench.state, LEDGER: bench.ledger }, stdio: "ignore" },
  );
  await new Promise((resolve) => shell.on("exit", resolve));
  await expect.poll(async () => (await bench.status("k")).state, { timeout: 20_000, interval: 200 }).toBe("ended");
  expect(bench.ledgerLines()).toHaveLength(3);
});

test("a fan-out that is killed again and again runs each item once, and resume does only what is open", async () => {
  const random = randomOf(SEED + 1);
  const count = LONG ? 10_000 : 120;
  const text = book(`  - id: each
    onInterrupt: ask
    forEach: { items: "\${{ range(${count}) }}", key: "\${{ string(item) }}", concurrency: 8, maxFailures: "2%" }
    run: 'echo each/\${{ item }} "$RUNSHEET_ATTEMPT" >> "$LEDGER"; test \${{ item % 100 }} != 99'
`);
  const file = bench.file("book.yaml", text);
  trials(LONG ? 10 : 3);
  for (let kills = LONG ? 10 : 3; ; kills--) {
    const started = bench.start(
      existsSync(runDir()) ? ["resume", "k", "--headless"] : ["run", file, "--run-id", "k", "--headless"],
    );
    const winner = await Promise.race([
      started.result,
      setTimeout(kills > 0 ? 500 + random() * 1_000 : 600_000, "kill" as const),
    ]);
    if (winner !== "kill") {
      // The last kill may have come after the end was recorded.
      if (!winner.stderr.includes("has ended")) expect(winner.code, winner.stderr).toBe(3);
      break;
    }
    started.child.kill("SIGKILL");
    await started.result;
  }
  checkLedger(runDir(), bench.ledgerLines());
  expect(bench.ledgerLines()).toHaveLength(count);
  const status = await bench.status("k");
  expect(status).toMatchObject({ state: "ended", exitCode: 3 });
  expect(status.steps.find(({ at }) => at === "each")).toMatchObject({ items: { failed: Math.floor(count / 100) } });
}, 600_000);

test.skipIf(!has("strace", "-V"))(
  "killed at every kind of write, the run goes on without losing or repeating a step",
  async () => {
    const text = book(step("a", "true") + step("b", "true") + step("c", "true"));
    const points = LONG ? Array.from({ length: 150 }, (_, n) => n + 1) : [3, 9, 17, 26, 41];
    trials(points.length);
    for (const when of points) {
      bench.remove();
      bench = new Bench();
      writeFileSync(join(bench.dir, "book.yaml"), text);
      const calls = "pwrite64,fsync,fdatasync,ftruncate,unlink,rename,mkdir";
      const wrap = [
        "strace",
        "-o",
        "/dev/null",
        "-e",
        `trace=${calls}`,
        "-e",
        `inject=${calls}:signal=SIGKILL:when=${when}`,
      ];
      await bench.start(["run", join(bench.dir, "book.yaml"), "--run-id", "k", "--headless"], { wrap }).result;
      for (let tries = 0; ; tries++) {
        expect(tries).toBeLessThan(5);
        const result = existsSync(runDir())
          ? await resume()
          : await bench.run(["run", join(bench.dir, "book.yaml"), "--run-id", "k", "--headless"]);
        if (result.code === 0 || result.stderr.includes("has ended")) break;
      }
      checkLedger(runDir(), bench.ledgerLines());
      expect(bench.ledgerLines().map((line) => line.split(" ")[0])).toEqual(["a", "b", "c"]);
    }
  },
  600_000,
);
