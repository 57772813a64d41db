import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { attemptDirName } from "../../../src/domain/address.ts";
import { fold } from "../../../src/domain/reduce.ts";
import { doctorRun, verifyRun } from "../../../src/journal/care/index.ts";
import { openJournal, readJournal, runPaths } from "../../../src/journal/index.ts";
import { end, owner, release, stepEvents } from "../events.ts";
import { drive, newRun, own, refusal, type TestRun, temporaryDirectory } from "../rig.ts";

describe("state doctor", () => {
  test("has nothing to propose for a sound run", async () => {
    const run = newRun();
    expect(await doctorRun(run.dir)).toMatchObject({ repairs: [], beyond: [], copy: undefined });
  });

  test("changes nothing without --apply", async () => {
    const run = await truncatedRun();
    const before = snapshot(run.dir);
    const { repairs } = await doctorRun(run.dir);
    expect(repairs).toHaveLength(1);
    expect(snapshot(run.dir)).toEqual(before);
  });

  test("keeps what holds of a shortened record and brings back in doubt what may have run since", async () => {
    const run = await truncatedRun();
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(76);
    const { repairs, copy, verify } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toMatchObject([
      {
        kind: "journal",
        message: expect.stringMatching(/^the record holds up to event \d+ of \d+$/),
        deed: expect.stringContaining("bring back in doubt: step-5 (attempt 1)"),
        loses: expect.any(String),
      },
    ]);
    expect(verify).toMatchObject({ exitCode: 0 });
    // The copy is the run as it was, damage and all.
    expect(existsSync(join(copy as string, "journal.db-wal"))).toBe(true);

    const journal = await own(run);
    const state = fold(journal.read());
    expect(state.steps.get("step-4")?.phase).toMatchObject({ kind: "ended" });
    for (const at of ["step-5", "step-6", "step-7", "step-8"]) {
      expect(state.steps.get(at)?.phase, at).toMatchObject({
        kind: "in-doubt",
        n: 1,
        evidence: ["the journal lost its record", expect.stringContaining("its wrapper wrote")],
      });
    }
    // Prepared, never released: no doubt about that one.
    expect(state.steps.get("step-9")).toBeUndefined();
  });

  test("brings back in doubt what has no record of a wrapper that says it never began", async () => {
    const run = await truncatedRun();
    const { attempts } = runPaths(run.dir);
    // An action works inside the executor and has no wrapper; after a power loss a wrapper's record may be empty.
    mkdirSync(join(attempts, "action.1"));
    mkdirSync(join(attempts, "torn.1"));
    writeFileSync(join(attempts, "torn.1", "exit"), "");
    await doctorRun(run.dir, { apply: owner });
    const state = fold((await own(run)).read());
    const evidence = ["the journal lost its record", "nothing is known of it but its directory"];
    for (const at of ["action", "torn"]) expect(state.steps.get(at)?.phase, at).toMatchObject({ evidence });
    expect(state.steps.get("step-9")).toBeUndefined();
  });

  test.each([
    ["was running", [release("a")]],
    ["was in doubt", [release("a"), end("a", 1, { kind: "in-doubt", evidence: [] })]],
    ["is lost as well", []],
  ])("brings back the last of several attempts in doubt, when the one before %s", async (_, events) => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    await journal.append([{ type: "step-started", at: "a" }, ...events]);
    journal.close();
    for (const name of ["a.1", "a.2"]) {
      const dir = join(runPaths(run.dir).attempts, name);
      mkdirSync(dir);
      writeFileSync(join(dir, "exit"), `go attempt=${name}\nrc=0 attempt=${name}\n`);
    }
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(76);
    await doctorRun(run.dir, { apply: owner });
    const state = fold((await own(run)).read());
    expect(state.steps.get("a")?.phase).toMatchObject({ kind: "in-doubt", n: 2 });
    expect((await verifyRun(run.dir)).findings.filter(({ code }) => code === "rows")).toEqual([]);
  });

  test("leaves a record alone where nobody can say which step ran", async () => {
    const run = await truncatedRun();
    // The directory's name of an address that is too long for one.
    const nameless = join(runPaths(run.dir).attempts, attemptDirName("long/".repeat(80), 1));
    mkdirSync(nameless);
    const { repairs, beyond } = await doctorRun(run.dir, { apply: owner });
    expect(repairs.some(({ kind }) => kind === "journal")).toBe(false);
    expect(beyond.join()).toContain(`nobody can say which steps ran in ${nameless}: restore a backup`);
  });

  test("leaves alone what is no journal", async () => {
    const run = newRun();
    writeFileSync(runPaths(run.dir).journal, "not a database, not a database");
    const { repairs, beyond } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toEqual([]);
    expect(beyond).toEqual([expect.stringMatching(/journal\.db is damaged .*: restore it from a backup$/)]);
  });

  test("says on record that it repaired, and leaves the run paused", async () => {
    const run = await truncatedRun();
    await doctorRun(run.dir, { apply: owner });
    const reader = readJournal(run.dir);
    expect(reader.row().state).toMatchObject({
      kind: "paused",
      exitCode: 76,
      reason: { kind: "refused", failure: { code: "journal-repaired" } },
    });
    expect(reader.row().inDoubt).toBe(4);
    reader.close();
  });

  test("does not pass a loss off as harmless when no attempt was lost with it", async () => {
    const run = newRun();
    const journal = await own(run);
    for (const value of [1, 2, 3]) await journal.append([{ type: "checkpoint-saved", at: "a", value }]);
    const dir = join(temporaryDirectory(), run.runId);
    cpSync(run.dir, dir, { recursive: true });
    truncateSync(`${runPaths(dir).journal}-wal`, 32 + 4 * (4096 + 24));
    const { repairs } = await doctorRun(dir, { apply: owner });
    expect(repairs).toMatchObject([
      { kind: "journal", message: "the record holds up to event 3 of 5", loses: expect.any(String) },
    ]);
    expect(eventsOf(dir).map(({ type }) => type)).toEqual([
      "run-created",
      "owner-acquired",
      "checkpoint-saved",
      "owner-acquired",
      "run-paused",
    ]);
  });

  test("makes rows anew when only they are wrong, and loses nothing", async () => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    await journal.append(stepEvents("a"));
    journal.close();
    const events = eventsOf(run.dir);
    const db = new Database(runPaths(run.dir).journal);
    db.exec("UPDATE attempt SET state = 'failed'; DELETE FROM step");
    db.close();
    const { repairs } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toEqual([
      { kind: "rows", message: expect.any(String), deed: "make the rows anew from the events" },
    ]);
    expect((await verifyRun(run.dir)).findings.filter(({ code }) => code === "rows")).toEqual([]);
    expect(eventsOf(run.dir)).toEqual(events);
  });

  test("closes what others could use, and leaves links and FIFOs alone", async () => {
    const run = newRun();
    const outside = join(run.stateDir.path, "outside");
    writeFileSync(outside, "");
    chmodSync(outside, 0o644);
    chmodSync(run.dir, 0o755);
    chmodSync(runPaths(run.dir).journal, 0o644);
    symlinkSync(outside, join(run.dir, "files", "link"));
    const { repairs, verify } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toMatchObject([{ kind: "modes" }]);
    expect(verify.findings).toEqual([]);
    expect(lstatSync(run.dir).mode & 0o777).toBe(0o700);
    expect(lstatSync(runPaths(run.dir).journal).mode & 0o777).toBe(0o600);
    expect(lstatSync(outside).mode & 0o777).toBe(0o644);
  });

  test("makes a new lock file, and warns of who could be cut off", async () => {
    const run = newRun();
    writeFileSync(runPaths(run.dir).lock, "garbage, garbage, garbage");
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(76);
    expect((await verifyRun(run.dir)).findings).toMatchObject([
      { code: "lock", hint: expect.stringContaining("runsheet state doctor") },
    ]);
    const { repairs, beyond } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toMatchObject([{ kind: "lock", loses: expect.stringContaining("cut off") }]);
    expect(beyond).toEqual([]);
    await own(run);
  });

  test("sends to a backup what cannot be repaired, and leaves it alone", async () => {
    const run = newRun();
    rmSync(runPaths(run.dir).journal);
    const { repairs, beyond } = await doctorRun(run.dir, { apply: owner });
    expect(repairs).toEqual([]);
    expect(beyond.join()).toContain("restore it from a backup");
  });

  test("does not touch a run that another process owns", async () => {
    const run = await truncatedRun();
    rmSync(runPaths(run.dir).lock);
    await doctorRun(run.dir, { apply: owner });
    const driver = drive(["hold", run.dir]);
    await driver.line("owned");
    const db = new Database(runPaths(run.dir).journal);
    db.exec("UPDATE run SET steps_done = 99");
    db.close();
    expect((await refusal(doctorRun(run.dir, { apply: owner }))).exitCode).toBe(75);
  });
});

/** Killed in step 9 with its log cut off in the middle: steps 5 to 8 ran, the record does not know of them. */
async function truncatedRun(): Promise<TestRun> {
  const run = newRun();
  expect(await drive(["write", run.dir, "4"]).ended).toBe(0);
  const driver = drive(["write", run.dir, "12"], { env: { RUNSHEET_FAULT: "journal.attempt-released.before:5=kill" } });
  expect(await driver.ended).toBe("SIGKILL");
  // The header and the commit that began the new epoch stay.
  truncateSync(`${runPaths(run.dir).journal}-wal`, 32 + 2 * (4096 + 24));
  return run;
}

function eventsOf(dir: string) {
  const reader = readJournal(dir);
  const events = [...reader.read()];
  reader.close();
  return events;
}

function snapshot(dir: string): unknown {
  return readdirSync(dir)
    .sort()
    .map((name) => [
      name,
      name.includes("attempts") || name === "files" || name.endsWith("-shm")
        ? ""
        : readFileSync(join(dir, name)).toString("base64"),
    ]);
}
