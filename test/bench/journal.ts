/*
 * How fast the journal is, as ratios to what the disk can do in the same minute: disks differ by a factor of fifty, and
 * the same disk by ten from one minute to the next. `node test/bench/journal.ts [rounds]`, in RUNSHEET_BENCH_DIR or the
 * system's temporary directory.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, cpSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "../../src/domain/event.ts";
import type { Processes } from "../../src/domain/ports.ts";
import { fold } from "../../src/domain/reduce.ts";
import { GroupCommit } from "../../src/journal/group-commit.ts";
import {
  createRun,
  listRuns,
  makeRunId,
  type OwnedJournal,
  openJournal,
  openStateDir,
} from "../../src/journal/index.ts";
import { Recorder } from "../../src/journal/recorder.ts";
import { createProcesses } from "../../src/process/index.ts";
import { created, done, end, owner, release, stepEvents } from "../journal/events.ts";

const rounds = Number(process.argv[2] ?? 9);
const place = mkdtempSync(join(process.env.RUNSHEET_BENCH_DIR ?? tmpdir(), "runsheet-bench-"));
const stateDir = openStateDir(join(place, "state"));
const spent = { commits: 0, records: 0, ms: 0, cpuMs: 0 };
watchJournal();

try {
  await singleCommits();
  await wideRun();
  await bigPlan();
  await listing();
  await resuming();
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** T1. Rounds of both loops alternate. */
async function singleCommits(): Promise<void> {
  const count = 200;
  const journal = await newJournal();
  const raw: number[] = [];
  const recorded: number[] = [];
  for (let round = 0; round < rounds; round++) {
    raw.push((count / rawLoop(count)) * 1000);
    const started = performance.now();
    for (let index = 0; index < count; index++) {
      await journal.append([{ type: "checkpoint-saved", at: "copy", value: { next: round * count + index } }]);
    }
    recorded.push((count / (performance.now() - started)) * 1000);
  }
  journal.close();
  const ratios = recorded.map((rate, round) => rate / (raw[round] as number));
  const rates = `${median(recorded).toFixed(0)}/s; raw overwrite + fdatasync ${median(raw).toFixed(0)}/s`;
  say("T1", "single durable commits", `${median(ratios).toFixed(2)} x raw`, ">= 0.4", median(ratios) >= 0.4, rates);
}

function rawLoop(count: number): number {
  const fd = openSync(join(place, "raw"), "w");
  const page = Buffer.alloc(4096, 1);
  writeSync(fd, page, 0, page.length, 0);
  fdatasyncSync(fd);
  const started = performance.now();
  for (let index = 0; index < count; index++) {
    page[0] = index;
    writeSync(fd, page, 0, page.length, 0);
    fdatasyncSync(fd);
  }
  const ms = performance.now() - started;
  closeSync(fd);
  return ms;
}

function inRawSyncs(ms: number): string {
  const count = 50;
  return `= ${(ms / (rawLoop(count) / count)).toFixed(0)} raw syncs`;
}

/**
 * T2 and T3. Sixteen at a time, each with both commits of the attempt protocol around a real attempt, as the engine does
 * for items. The share is all that the journal does on the main thread, waiting for the disk included, of the time that
 * the items take. Beside it the same around a bare process: nothing the program ever does, but nothing hides behind it.
 */
async function wideRun(): Promise<void> {
  const processes = createProcesses();
  const items = 400;
  const attempts = await wide(items, (release) => attempt(processes, release));
  const bare = await wide(items, async (release) => {
    await release();
    await new Promise((resolve) => spawn("/bin/true", { stdio: "ignore" }).once("exit", resolve));
  });
  processes.close();
  const perRecord = attempts.commits / attempts.records;
  const detail = `${attempts.commits} commits for ${attempts.records} records, ${attempts.itemsPerSecond} items/s`;
  say("T2", "syncs per record, 16 wide", perRecord.toFixed(3), "<= 0.2", perRecord <= 0.2, detail);
  const { share } = attempts;
  say(
    "T3",
    "share of the main thread",
    percent(share),
    "<= 5 %",
    share <= 0.05,
    `${percent(attempts.busy)} without waiting for the disk; around bare processes, ${bare.itemsPerSecond}/s, ${percent(bare.share)}`,
  );
}

async function wide(items: number, work: (release: () => Promise<unknown>) => Promise<void>) {
  const journal = await newJournal();
  Object.assign(spent, { commits: 0, records: 0, ms: 0, cpuMs: 0 });
  let next = 0;
  const started = performance.now();
  const lane = async () => {
    while (next < items) {
      const at = `item-${next++}`;
      await work(() => journal.append([release(at)]));
      await journal.append([end(at), done(at)]);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  const wallMs = performance.now() - started;
  journal.close();
  const itemsPerSecond = Math.round((items / wallMs) * 1000);
  return { ...spent, itemsPerSecond, share: spent.ms / wallMs, busy: spent.cpuMs / wallMs };
}

async function attempt(processes: Processes, release: () => Promise<unknown>): Promise<void> {
  const attemptId = randomUUID();
  const prepared = await processes.prepare({
    command: { argv: ["/bin/true"], shown: "/bin/true", secretEnv: {} },
    cwd: place,
    env: {},
    dir: join(place, "attempts", attemptId),
    attemptId,
    secrets: [],
    dieWithExecutor: false,
  });
  if (prepared.kind === "failed") throw new Error(prepared.failure.message);
  await release();
  await prepared.attempt.release().ended;
}

/** T4. */
async function bigPlan(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const journal = await newJournal();
    const started = performance.now();
    await journal.append(planOf(10_000));
    times.push(performance.now() - started);
    journal.close();
  }
  const detail = `best ${Math.min(...times).toFixed(1)} ms, median ${inRawSyncs(median(times))}`;
  say("T4", "plan of 10,000 items", `${median(times).toFixed(1)} ms`, "<= 50 ms", median(times) <= 50, detail);
}

/** T6. */
async function listing(): Promise<void> {
  const journal = await newJournal();
  await journal.append([...stepEvents("a"), { type: "run-ended", result: "done", exitCode: 0 }]);
  journal.close();
  const shelf = openStateDir(join(place, "shelf"));
  for (let index = 0; index < 1000; index++) {
    cpSync(journal.runDir, join(shelf.runs, `run-${index}`), { recursive: true });
  }
  const times: number[] = [];
  const busy = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    if (listRuns(shelf).length !== 1000) throw new Error("lost some");
    times.push(performance.now() - started);
  }
  const detail = `${cpuPer(rounds, busy)}; best ${Math.min(...times).toFixed(0)} ms, median ${inRawSyncs(median(times))}`;
  say("T6", "list of 1,000 runs", `${median(times).toFixed(0)} ms`, "<= 500 ms", median(times) <= 500, detail);
}

/** The journal's part of T7: taking a run of 10,000 finished items, its chain checked, and folding it. */
async function resuming(): Promise<void> {
  const journal = await newJournal();
  await journal.append(planOf(10_000));
  for (let item = 0; item < 10_000; item += 500) {
    const events = Array.from({ length: 500 }, (_, index) => stepEvents(`copy/object-${item + index}`)).flat();
    await journal.append(events);
  }
  journal.close();
  const times: number[] = [];
  const few = Math.min(rounds, 5);
  const busy = process.cpuUsage();
  for (let round = 0; round < few; round++) {
    const started = performance.now();
    const again = await openJournal(journal.runDir, owner);
    fold(again.read());
    times.push(performance.now() - started);
    again.close();
  }
  say(
    "T7",
    "take and fold 10,000 items",
    `${median(times).toFixed(0)} ms`,
    "<= 1 s",
    median(times) <= 1000,
    cpuPer(few, busy),
  );
}

function cpuPer(count: number, since: NodeJS.CpuUsage): string {
  return `${(cpuMs(since) / count).toFixed(0)} ms of processor each`;
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function planOf(count: number): Event[] {
  const items = Array.from({ length: count }, (_, index) => ({
    key: `object-${index}`,
    value: { path: `a/b/${index}` },
  }));
  return [
    { type: "step-started", at: "copy" },
    { type: "items-frozen", at: "copy", from: 0, items, complete: true, concurrency: 16, maxFailures: 0, pilot: 0 },
  ];
}

function newJournal(): Promise<OwnedJournal> {
  const runId = makeRunId();
  const run = { runbookBytes: Buffer.from("runsheet: 1\n"), created: created(runId), bootId: "boot-1" };
  return openJournal(createRun(stateDir, runId, run), owner);
}

/** Both halves of an append: what happens in the call, and the commit of its group. */
function watchJournal(): void {
  const { commit } = Recorder.prototype;
  Recorder.prototype.commit = function watched(drafts) {
    spent.commits++;
    spent.records += drafts.length;
    return watch(() => commit.call(this, drafts));
  };
  const { append } = GroupCommit.prototype;
  GroupCommit.prototype.append = function watched(events) {
    return watch(() => append.call(this, events));
  };
}

function watch<T>(part: () => T): T {
  const started = performance.now();
  const busy = process.cpuUsage();
  try {
    return part();
  } finally {
    spent.ms += performance.now() - started;
    spent.cpuMs += cpuMs(busy);
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function say(id: string, what: string, value: string, target: string, met: boolean, detail: string): void {
  console.log(
    `${id}  ${what.padEnd(28)} ${value.padStart(12)}  ${target.padEnd(10)} ${met ? "met" : "MISSED"}  (${detail})`,
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
