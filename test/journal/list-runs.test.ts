import { readdirSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/domain/event.ts";
import { backupRun, verifyRun } from "../../src/journal/care/index.ts";
import {
  follow,
  isOwned,
  listRuns,
  openJournal,
  openStateDir,
  readJournal,
  runPaths,
} from "../../src/journal/index.ts";
import { owner, release, stepEvents } from "./events.ts";
import { caught, drive, newRun, newStateDir, own, temporaryDirectory } from "./rig.ts";

describe("the list of runs", () => {
  test("shows the last changed first, with state, result, owner and counts", async () => {
    const stateDir = newStateDir();
    newRun(stateDir, "untouched");
    const ended = await openJournal(newRun(stateDir, "ended").dir, owner);
    await ended.append([...stepEvents("a"), { type: "run-ended", result: "done", exitCode: 0 }]);
    ended.close();
    const paused = await openJournal(newRun(stateDir, "paused").dir, owner);
    await paused.append([
      release("b"),
      { type: "run-paused", reason: { kind: "signal", signal: "SIGTERM" }, exitCode: 143 },
    ]);
    paused.close();
    expect(listRuns(stateDir)).toMatchObject([
      {
        runId: "paused",
        kind: "run",
        activity: "resting",
        state: { kind: "paused", reason: { kind: "signal", signal: "SIGTERM" }, exitCode: 143 },
        released: 1,
        owner: { actor: owner.actor, version: "0.1.0" },
      },
      {
        runId: "ended",
        state: { kind: "ended", result: "done", exitCode: 0 },
        runbook: "bp-switch",
        runbookFile: "/srv/bp-switch/runbook.yaml",
        steps: { done: 1, failed: 0, skipped: 0 },
      },
      { runId: "untouched", state: { kind: "new" }, owner: undefined },
    ]);
  });

  test("tells a run that is carried out from one whose process was killed", async () => {
    const run = newRun();
    const driver = drive(["hold", run.dir]);
    await driver.line("owned");
    expect(listRuns(run.stateDir)).toMatchObject([{ activity: "running" }]);
    driver.process.kill("SIGKILL");
    await driver.ended;
    expect(listRuns(run.stateDir)).toMatchObject([{ activity: "interrupted", state: { kind: "active" } }]);
  });

  test("leaves out what is being made or removed, and is empty where there is nothing", () => {
    const stateDir = newStateDir();
    newRun(stateDir, "only");
    for (const name of [".new-x-1", ".trash-y"]) openStateDir(`${stateDir.runs}/${name}`);
    expect(listRuns(stateDir).map(({ runId }) => runId)).toEqual(["only"]);
    expect(listRuns(openStateDir(`${temporaryDirectory()}/none`, { create: false }))).toEqual([]);
  });
});

test("creating, carrying out, listing, verifying and copying runs leaves no descriptor open", async () => {
  const stateDir = newStateDir();
  const descriptors = () => readdirSync("/proc/self/fd").length;
  const lookAround = async (id: string) => {
    const { dir } = newRun(stateDir, id);
    const journal = await openJournal(dir, owner);
    await journal.append(stepEvents("a"));
    journal.close();
    listRuns(stateDir);
    isOwned(dir);
    await verifyRun(dir);
    await backupRun(dir, temporaryDirectory());
  };
  await lookAround("warm-up");
  const before = descriptors();
  for (const id of ["a", "b", "c"]) await lookAround(id);
  expect(descriptors()).toBe(before);
});

describe("reading a run that another process carries out", () => {
  test("sees what is recorded, holds nothing back and can write nothing", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "3"], { env: { RUNSHEET_FAULT: "journal.run-ended.before=hang" } });
    await driver.line("acked 14");
    const reader = readJournal(run.dir);
    expect([...reader.read(13)].map(({ type }) => type)).toEqual(["attempt-ended", "step-ended"]);
    expect(reader.meta()).toMatchObject({
      runId: run.runId,
      appVersion: "0.1.0",
      machineId: expect.stringMatching(/./),
    });
    reader.close();
    expect(isOwned(run.dir)).toBe(true);
  });

  test("of a run that is not there says so", () => {
    expect(caught(() => readJournal("/nowhere/r-1"))).toMatchObject({
      exitCode: 76,
      message: expect.stringContaining("is missing"),
    });
  });
});

describe("following a run", () => {
  test("delivers every event once and in order while another process records them", async () => {
    const run = newRun();
    const driver = drive(["wide", run.dir, "100"]);
    await driver.line("owned");
    const seqs: number[] = [];
    for await (const { seq } of follow(run.dir, { pollMs: 5 })) {
      seqs.push(seq);
      if (seq === 402) break;
    }
    expect(seqs).toEqual(Array.from({ length: 402 }, (_, index) => index + 1));
    expect(await driver.ended).toBe(0);
  });

  test("starts where it is asked to, wakes when told of news, and stops when aborted", async () => {
    const run = newRun();
    const journal = await own(run);
    const stop = new AbortController();
    const follower = follow(run.dir, { fromSeq: 3, pollMs: 60_000, signal: stop.signal });
    const events = follower[Symbol.asyncIterator]() as AsyncIterator<RecordedEvent>;
    const first = events.next();
    await journal.append(stepEvents("a"));
    follower.wake();
    expect(await first).toMatchObject({ value: { seq: 3, type: "step-started" } });
    stop.abort();
    expect(await events.next()).toMatchObject({ done: true });
  });

  test("leaves the owner free to tidy up, and goes on into the next ownership", async () => {
    const run = newRun();
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of follow(run.dir, { pollMs: 2, signal: stop.signal })) {
        seen.push(event.type);
        if (event.type === "run-ended") stop.abort();
      }
    })();
    for (let epoch = 1; epoch <= 5; epoch++) {
      const journal = await openJournal(run.dir, owner);
      await journal.append(stepEvents(`step-${epoch}`));
      if (epoch === 5) await journal.append([{ type: "run-ended", result: "done", exitCode: 0 }]);
      journal.close();
      expect(readdirSync(run.dir)).not.toContain("journal.db-wal");
    }
    await following;
    expect(seen).toHaveLength(1 + 5 * 5 + 1);
  });

  test("ends when the run is removed", async () => {
    const run = newRun();
    const seen: number[] = [];
    for await (const { seq } of follow(run.dir, { pollMs: 2 })) {
      seen.push(seq);
      rmSync(runPaths(run.dir).dir, { recursive: true });
    }
    expect(seen).toEqual([1]);
  });
});
