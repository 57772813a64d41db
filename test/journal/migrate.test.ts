import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { verifyRun } from "../../src/journal/care/index.ts";
import { readJournal, runPaths } from "../../src/journal/index.ts";
import { migrate } from "../../src/journal/migrate.ts";
import { openJournal } from "../../src/journal/open-journal.ts";
import { owner, stepEvents } from "./events.ts";
import { inventedMigrations } from "./invented-format.ts";
import { caught, drive, newRun, own, refusal, type TestRun, temporaryDirectory } from "./rig.ts";

describe("an upgrade to a newer format", () => {
  test("is made in one transaction, after a copy of the old form, and keeps every event", async () => {
    const run = await someRun();
    const paths = runPaths(run.dir);
    await migrate(paths, inventedMigrations, 2);
    expect(pragma(paths.journal, "user_version")).toBe(2);
    expect(count(paths.journal, "note")).toBe(count(paths.journal, "event"));
    const copy = join(run.dir, "journal.format-1.bak");
    expect(pragma(copy, "user_version")).toBe(1);
    expect(count(copy, "event")).toBe(count(paths.journal, "event"));
  });

  test.each([
    ["journal.migrate.step=kill", 1],
    ["journal.migrate.before=kill", 1],
    ["journal.migrate.after=kill", 2],
    ["journal.migrate.before=full", 1],
    ["journal.migrate.step=eio", 1],
  ])("that ends at %s leaves format %i, whole, and can be made again", async (fault, format) => {
    const run = await someRun();
    const { journal } = runPaths(run.dir);
    const driver = drive(["migrate", run.dir], { env: { RUNSHEET_FAULT: fault } });
    expect(await driver.ended).not.toBe(0);
    const db = new Database(journal);
    expect(db.pragma("user_version", { simple: true })).toBe(format);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
    expect(await drive(["migrate", run.dir]).ended).toBe(0);
    expect(pragma(journal, "user_version")).toBe(2);
  });

  test("without a way there fails and changes nothing", async () => {
    const run = await someRun();
    await expect(migrate(runPaths(run.dir), [], 2)).rejects.toThrow("no way from journal format 1 to 2");
    expect(pragma(runPaths(run.dir).journal, "user_version")).toBe(1);
  });
});

describe("a journal of a newer program", () => {
  test("is refused with exit code 76, naming the version that is needed, and stays as it is byte for byte", async () => {
    const run = await someRun();
    const { journal } = runPaths(run.dir);
    const db = new Database(journal);
    db.pragma("user_version = 7");
    db.exec(`UPDATE run SET owner = json_set(owner, '$.version', '9.1.0')`);
    db.close();
    const before = readFileSync(journal);
    const error = await refusal(openJournal(run.dir, owner));
    expect(error).toMatchObject({
      exitCode: 76,
      message: `${journal} has format 7; this program knows formats up to 1`,
      hint: "use runsheet 9.1.0 or newer for this run; nothing was changed",
    });
    expect(caught(() => readJournal(run.dir)).exitCode).toBe(76);
    expect((await verifyRun(run.dir)).findings).toMatchObject([{ code: "too-new" }]);
    expect(readFileSync(journal)).toEqual(before);
    expect(readdirSync(run.dir).filter((name) => name.startsWith("journal"))).toEqual(["journal.db"]);
  });
});

describe("runs of released versions", () => {
  const fixtures = new URL("fixtures", import.meta.url).pathname;

  test.each(readdirSync(fixtures))("%s is read, verified and carried on", async (name) => {
    const stored = join(fixtures, name);
    const [runId] = readdirSync(stored) as [string];
    const dir = join(temporaryDirectory(), runId);
    cpSync(join(stored, runId), dir, { recursive: true });
    // Version control keeps neither empty directories nor modes.
    for (const part of ["", "attempts", "files"]) {
      mkdirSync(join(dir, part), { recursive: true });
      chmodSync(join(dir, part), 0o700);
    }
    const report = await verifyRun(dir);
    expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const journal = await own({ dir });
    const events = [...journal.read()];
    expect(events[0]).toMatchObject({ type: "run-created", runId });
    expect(events.at(-1)).toEqual(journal.acquired);
    await journal.append(stepEvents("one-more"));
  });
});

async function someRun(): Promise<TestRun> {
  const run = newRun();
  const journal = await openJournal(run.dir, owner);
  await journal.append(stepEvents("a"));
  journal.close();
  return run;
}

function pragma(file: string, name: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return db.pragma(name, { simple: true });
  } finally {
    db.close();
  }
}

function count(file: string, table: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  } finally {
    db.close();
  }
}
