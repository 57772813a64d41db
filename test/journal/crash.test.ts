import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { verifyRun } from "../../src/journal/care/index.ts";
import { listRun, openStateDir, readJournal } from "../../src/journal/index.ts";
import { trials } from "../rig/trials.ts";
import {
  acknowledged,
  type Driver,
  drive,
  driverFile,
  long,
  newRun,
  own,
  type TestRun,
  temporaryDirectory,
} from "./rig.ts";
import { countCalls, inject, needsStrace, sample, seed, seeded, straceWorks } from "./strace.ts";

const random = seeded(seed);

describe(`killed at any write (seed ${seed})${needsStrace}`, () => {
  const writes = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "mkdir", "fcntl"];

  test.runIf(straceWorks)(
    "nothing that was acknowledged is lost, and nothing began without a durable release",
    async () => {
      const counts = countCalls(writes, [process.execPath, driverFile, "write", newRun().dir, "3"]);
      const points = [...counts].flatMap(([call, count]) =>
        Array.from({ length: count }, (_, n) => ({ call, n: n + 1 })),
      );
      expect(points.length).toBeGreaterThan(100);
      const chosen = long ? points : sample(points, 12, random);
      trials(chosen.length);
      for (const { call, n } of chosen) {
        const run = newRun();
        const driver = drive(["write", run.dir, "3"], { wrapper: inject(call, "signal=SIGKILL", n) });
        const how = await driver.ended;
        await expectWhole(run, [driver], `${call} ${n}: ${how}`);
      }
    },
    600_000,
  );
});

describe(`killed while it closes${needsStrace}`, () => {
  test.runIf(straceWorks)("a run can be listed and carried on, whatever was left to tidy up", async () => {
    const calls = ["unlink", "ftruncate", "pwrite64", "fsync"];
    const counts = countCalls(calls, [process.execPath, driverFile, "write", newRun().dir, "1"]);
    for (const call of calls) {
      // The last of each belong to the change back to a single file.
      for (const n of [0, 1].map((back) => (counts.get(call) as number) - back).filter((n) => n > 0)) {
        const run = newRun();
        const driver = drive(["write", run.dir, "1"], { wrapper: inject(call, "signal=SIGKILL", n) });
        expect(await driver.ended, `${call} ${n}`).not.toBe(0);
        await expectWhole(run, [driver], `${call} ${n} while closing`);
      }
    }
  });
});

describe("killed at a moment by name", () => {
  test.each([
    // At which instant, and what the next owner finds of the first attempt.
    ["journal.attempt-released.before=kill", "none", 0],
    ["journal.attempt-released.after=kill", "released", 0],
    ["journal.attempt-ended.before=kill", "released", 1],
    ["journal.attempt-ended.after=kill", "ok", 1],
  ])("%s leaves the first attempt in state: %s", async (fault, state, began) => {
    const run = newRun();
    const driver = drive(["write", run.dir, "2"], { env: { RUNSHEET_FAULT: fault } });
    expect(await driver.ended).toBe("SIGKILL");
    const journal = await own(run);
    const types = [...journal.read()].filter((event) => "at" in event && event.at === "step-1").map(({ type }) => type);
    expect(types.includes("attempt-released")).toBe(state !== "none");
    expect(types.includes("attempt-ended")).toBe(state === "ok");
    expect(ledger(run)).toHaveLength(began);
    journal.close();
    expect(await verifyRun(run.dir)).toMatchObject({ exitCode: 0 });
  });

  test("a process that hangs there keeps the run, and one that is killed then gives it up", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "2"], { env: { RUNSHEET_FAULT: "journal.attempt-released.after=hang" } });
    await driver.line("acked 3");
    await hasReleased(run);
    expect((await drive(["hold", run.dir]).ended) as number).toBe(75);
    driver.process.kill("SIGKILL");
    await driver.ended;
    expect((await own(run)).epoch).toBe(2);
  });

  async function hasReleased(run: TestRun): Promise<void> {
    for (;;) {
      const reader = readJournal(run.dir);
      const { released } = reader.row();
      reader.close();
      if (released === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});

test(`killed at random again and again, a run still ends with every step done once (seed ${seed})`, async () => {
  const run = newRun();
  const steps = 40;
  const drivers: Driver[] = [];
  for (let kills = 0; kills < (long ? 100 : 8); kills++) {
    const driver = drive(["write", run.dir, String(steps)]);
    drivers.push(driver);
    const owned = await Promise.race([driver.line("owned"), driver.ended]);
    if (owned === 0) break;
    const target = Math.floor(random() * 12);
    while (acknowledged(driver).length < target && driver.process.exitCode === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    driver.process.kill("SIGKILL");
    await driver.ended;
  }
  trials(drivers.length);
  const last = drive(["write", run.dir, String(steps)]);
  drivers.push(last);
  expect(await last.ended).toBe(0);
  await expectWhole(run, drivers, "random kills");
  const journal = await own(run);
  const events = [...journal.read()];
  const reruns = events.filter(({ type }) => type === "doubt-resolved").length;
  expect(new Set(ledger(run)).size).toBe(steps);
  // A step may have run twice only where an attempt was in doubt and that was settled on record.
  expect(ledger(run).length).toBeLessThanOrEqual(steps + reruns);
  expect(events.filter(({ type }) => type === "step-ended")).toHaveLength(steps);
}, 600_000);

describe(`the disk fails${needsStrace}`, () => {
  test.runIf(straceWorks)(
    "at any sync: nothing begins after the error, and the next resume is right",
    async () => {
      const syncs = countCalls(["fsync", "fdatasync"], [process.execPath, driverFile, "write", newRun().dir, "3"]);
      const points = [...syncs].flatMap(([call, count]) =>
        Array.from({ length: count }, (_, n) => ({ call, n: n + 1 })),
      );
      for (const { call, n } of long ? points : sample(points, 7, random)) {
        const run = newRun();
        const driver = drive(["write", run.dir, "3"], { wrapper: inject(call, "error=EIO", n) });
        const code = await driver.ended;
        // Some syncs only tidy up at the end; failing there loses nothing.
        expect([0, 74], `${call} ${n}`).toContain(code);
        const began = ledger(run).length;
        await expectWhole(run, [driver], `EIO at ${call} ${n}`);
        expect(ledger(run).length).toBe(began);
      }
    },
    600_000,
  );

  test.runIf(straceWorks)(
    "by having no more space: exit code 74, and what was acknowledged stays",
    async () => {
      for (const n of long ? [1, 5, 20, 30, 40, 50, 60] : [30]) {
        const run = newRun();
        const driver = drive(["write", run.dir, "3"], { wrapper: inject("pwrite64", "error=ENOSPC", `${n}+`) });
        expect([74, 76], `write ${n}`).toContain(await driver.ended);
        await expectWhole(run, [driver], `ENOSPC at write ${n}`);
      }
    },
    600_000,
  );

  const mayMount = mountWorks();
  test.runIf(mayMount)(
    `really full: the pause is recorded, and after making room the run goes on${mayMount ? "" : " (skipped: no right to mount)"}`,
    async () => {
      const place = join(temporaryDirectory(), "small");
      mkdirSync(place, { mode: 0o700 });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=900k,mode=700", "tmpfs", place]);
      onTestFinished(() => void execFileSync("umount", [place]));
      const stateDir = openStateDir(join(place, "state"));
      expect(stateDir.warnings).toEqual([expect.stringContaining("is on tmpfs")]);
      const run = newRun(stateDir);
      const driver = drive(["write", run.dir, "500"]);
      expect(await driver.ended).toBe(74);
      expect(driver.lines.at(-1)).toMatch(/the disk is full: .*; the run is paused/);
      const reader = readJournal(run.dir);
      expect(reader.row().state).toEqual({ kind: "paused", reason: { kind: "disk-full" }, exitCode: 74 });
      reader.close();
      const { findings } = await verifyRun(run.dir);
      // And the attempt that was prepared when the disk was full, which the next resume removes.
      expect(findings.map(({ code, severity }) => `${severity} ${code}`).sort()).toEqual([
        "warning file-system",
        "warning leftover",
        "warning space",
      ]);
      execFileSync("mount", ["-o", "remount,size=16m", place]);
      const again = drive(["write", run.dir, "120"]);
      expect(await again.ended).toBe(0);
      await expectWhole(run, [driver, again], "full disk");
    },
  );
});

test.runIf(straceWorks)(`every commit is one sync, and none is saved${needsStrace}`, () => {
  const syncsOf = (steps: number) => {
    const counts = countCalls(
      ["fsync", "fdatasync"],
      [process.execPath, driverFile, "write", newRun().dir, String(steps)],
    );
    return (counts.get("fsync") as number) + (counts.get("fdatasync") as number);
  };
  // Three commits per step; none of them may rely on a sync that the driver of the database left out by default.
  expect(syncsOf(12) - syncsOf(4)).toBe(8 * 3);
});

/** After any accident: the record verifies, holds what was acknowledged, and knows every attempt that began. */
async function expectWhole(run: TestRun, drivers: readonly Driver[], what: string): Promise<void> {
  // First of all: whoever looks at the run as the accident left it can read it.
  expect(listRun(run.dir, run.runId)?.kind, what).toBe("run");
  const journal = await own(run);
  const events = [...journal.read()];
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const acked = Math.max(0, ...drivers.flatMap(acknowledged));
  expect(events.length, what).toBeGreaterThanOrEqual(acked);
  const released = new Set(events.flatMap((event) => (event.type === "attempt-released" ? [event.at] : [])));
  for (const at of ledger(run)) expect(released, what).toContain(at);
  journal.close();
  const report = await verifyRun(run.dir);
  expect(
    report.findings.filter(({ severity }) => severity === "error"),
    what,
  ).toEqual([]);
}

function ledger(run: TestRun): string[] {
  const file = join(dirname(run.dir), `.ledger-${basename(run.dir)}`);
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

function mountWorks(): boolean {
  if (process.geteuid?.() !== 0) return false;
  const place = `/tmp/runsheet-mount-${process.pid}`;
  mkdirSync(place);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", place]).status === 0;
  if (mounted) spawnSync("umount", [place]);
  spawnSync("rmdir", [place]);
  return mounted;
}
