import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/domain/event.ts";
import { JournalError } from "../../src/domain/ports.ts";
import { verifyRun } from "../../src/journal/care/index.ts";
import { listRun, openJournal, readJournal, runPaths } from "../../src/journal/index.ts";
import { trials } from "../rig/trials.ts";
import { owner } from "./events.ts";
import { drive, long, newRun, newStateDir, type TestRun, temporaryDirectory } from "./rig.ts";
import { sample, seed, seeded } from "./strace.ts";

const random = seeded(seed);

/** A run as a kill left it: the first half in the database, the second in its log. */
let killed: TestRun;
let events: readonly RecordedEvent[];
let tables: string;

describe(`a killed run whose files are damaged (seed ${seed})`, () => {
  beforeAll(async () => {
    killed = await killedRun();
    const whole = copyOf(killed);
    events = eventsOf(whole);
    tables = dump(whole);
    expect(statSync(`${runPaths(whole).journal}-wal`).size).toBeGreaterThan(20_000);
  });

  test("by one flipped bit anywhere is carried on unchanged or refused, and verify sees what matters", async () => {
    const files = ["journal.db", "journal.db", "journal.db-wal", "journal.db-wal", "head", "lock.db"];
    const flips = long ? 1000 : 90;
    trials(flips);
    for (let trial = 0; trial < flips; trial++) {
      const file = files[Math.floor(random() * files.length)] as string;
      const bit = Math.floor(random() * statSync(join(killed.dir, file)).size * 8);
      const what = `seed ${seed}, trial ${trial}: bit ${bit} of ${file}`;
      const dir = copyOf(killed);
      flip(join(dir, file), bit);
      const report = await verifyRun(dir);
      if (report.exitCode === 0 && file.startsWith("journal")) expect(dump(dir), what).toBe(tables);
      await expectSameOrRefused(dir, what);
      rmSync(dir, { recursive: true });
    }
  }, 600_000);

  test("by losing the end of its log is refused, however much was lost", async () => {
    const size = statSync(join(killed.dir, "journal.db-wal")).size;
    const lengths = Array.from({ length: size }, (_, length) => length).filter((length) => !long || length % 7 === 0);
    const chosen = [0, 1, 31, 32, 33, ...sample(lengths, long ? 4000 : 60, random)];
    trials(chosen.length);
    for (const length of chosen) {
      const dir = copyOf(killed);
      truncateSync(join(dir, "journal.db-wal"), length);
      const error = await openJournal(dir, owner).then(
        (journal) => journal.close(),
        (refused: JournalError) => refused,
      );
      // The last page of a commit may not be needed for anything.
      expect(error, `seed ${seed}, ${length} of ${size} bytes`).toMatchObject({ exitCode: 76 });
      expect((error as JournalError).message).toContain("has lost events");
      rmSync(dir, { recursive: true });
    }
  }, 600_000);

  test("by losing the whole log is refused, and verify says how many events are gone", async () => {
    const dir = copyOf(killed);
    rmSync(join(dir, "journal.db-wal"));
    const { exitCode, findings } = await verifyRun(dir);
    expect(exitCode).toBe(76);
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          code: "lost-events",
          message: expect.stringMatching(new RegExp(`it ends at event \\d+, but ${events.length} were recorded`)),
        }),
        expect.objectContaining({ code: "unknown-attempt", message: expect.stringContaining("but its command ran") }),
      ]),
    );
  });

  test("so that even the witness is gone is never carried on past an attempt that ran", async () => {
    const size = statSync(join(killed.dir, "journal.db-wal")).size;
    let refused = 0;
    for (const length of sample(
      Array.from({ length: size }, (_, index) => index),
      long ? 500 : 25,
      random,
    )) {
      const dir = copyOf(killed);
      truncateSync(join(dir, "journal.db-wal"), length);
      rmSync(join(dir, "head"));
      try {
        const journal = await openJournal(dir, owner);
        const found = [...journal.read()];
        journal.close();
        // Older, never different.
        expect(found.slice(0, -1)).toEqual(events.slice(0, found.length - 1));
        const released = new Set(found.flatMap((event) => (event.type === "attempt-released" ? [event.at] : [])));
        for (const at of ledger(killed)) expect(released, `seed ${seed}, ${length} bytes`).toContain(at);
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
        expect(error.exitCode).toBe(76);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  }, 600_000);

  test("is listed with the reason instead of hiding the other runs", () => {
    const dir = copyOf(killed);
    writeFileSync(join(dir, "journal.db"), "");
    expect(listRun(dir, killed.runId)).toMatchObject({
      kind: "unreadable",
      failure: { code: "run-unreadable", message: expect.stringContaining("is empty"), hint: expect.any(String) },
    });
  });
});

test("a change that keeps the database whole, made with a tool for databases, is found by the hash chain", async () => {
  const run = await killedRun();
  const db = new Database(runPaths(run.dir).journal);
  db.exec("DROP TRIGGER event_is_final");
  db.exec(`UPDATE event SET body = replace(body, '"exitCode":0', '"exitCode":1') WHERE type = 'attempt-ended'`);
  db.close();
  await expect(openJournal(run.dir, owner)).rejects.toMatchObject({
    exitCode: 76,
    message: expect.stringMatching(/event \d+ does not match its hash/),
  });
  const { findings } = await verifyRun(run.dir);
  expect(findings.map(({ code }) => code)).toContain("chain");
});

test("rows that somebody changed are found by replaying the events", async () => {
  const run = newRun();
  (await openJournal(run.dir, owner)).close();
  const db = new Database(runPaths(run.dir).journal);
  db.exec("UPDATE run SET state = 'ended', result = 'done', exit_code = 0");
  db.close();
  const { exitCode, findings } = await verifyRun(run.dir);
  expect(exitCode).toBe(76);
  expect(findings).toEqual([
    expect.objectContaining({
      code: "rows",
      message: expect.stringContaining('run, row 1: state is "ended", its events say "active"'),
    }),
  ]);
});

async function killedRun(): Promise<TestRun> {
  const run = newRun(newStateDir());
  expect(await drive(["write", run.dir, "4"]).ended).toBe(0);
  const driver = drive(["write", run.dir, "12"], {
    env: { RUNSHEET_FAULT: "journal.attempt-released.after:6=kill" },
  });
  expect(await driver.ended).toBe("SIGKILL");
  return run;
}

function copyOf(run: TestRun): string {
  const dir = join(temporaryDirectory(), run.runId);
  cpSync(run.dir, dir, { recursive: true });
  return dir;
}

function eventsOf(dir: string): RecordedEvent[] {
  const reader = readJournal(dir);
  const all = [...reader.read()];
  reader.close();
  return all;
}

function dump(dir: string): string {
  const db = new Database(runPaths(dir).journal, { readonly: true });
  try {
    const names = ["meta", "event", "run", "step", "attempt", "decision"];
    const rows = names.map((name) => [name, db.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all()]);
    return JSON.stringify([rows, db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").all()]);
  } finally {
    db.close();
  }
}

function flip(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  writeFileSync(file, bytes);
}

async function expectSameOrRefused(dir: string, what: string): Promise<void> {
  try {
    const journal = await openJournal(dir, owner);
    expect([...journal.read()].slice(0, -1), what).toEqual(events);
    journal.close();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    expect([74, 76], `${what}: ${error.message}`).toContain(error.exitCode);
  }
}

function ledger(run: TestRun): string[] {
  const file = join(dirname(run.dir), `.ledger-${basename(run.dir)}`);
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}
