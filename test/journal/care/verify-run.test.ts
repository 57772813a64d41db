import { hash } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { verifyRun } from "../../../src/journal/care/index.ts";
import { openJournal, runPaths } from "../../../src/journal/index.ts";
import { end, owner, release, stepEvents } from "../events.ts";
import { drive, newRun, type TestRun } from "../rig.ts";

/** A run with one attempt whose output was kept and summed. */
async function runWithOutput(): Promise<{ run: TestRun; dir: string }> {
  const run = newRun();
  const journal = await openJournal(run.dir, owner);
  const dir = join(runPaths(run.dir).attempts, "a.1");
  mkdirSync(dir, { mode: 0o700 });
  for (const [name, text] of [
    ["out", "hello\n"],
    ["err", ""],
    ["exit", "go attempt=a-1\nrc=0 attempt=a-1\n"],
  ] as const) {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
  }
  const output = { outBytes: 6, errBytes: 0, outSha256: hash("sha256", "hello\n"), errSha256: hash("sha256", "") };
  await journal.append([release("a"), { ...end("a"), output } as ReturnType<typeof end>]);
  journal.close();
  return { run, dir };
}

/** A run with one step that is done, and then somebody with a database tool. */
async function runChangedBy(sql: string): Promise<TestRun> {
  const run = newRun();
  const journal = await openJournal(run.dir, owner);
  await journal.append(stepEvents("a"));
  journal.close();
  const db = new Database(runPaths(run.dir).journal);
  db.exec(sql);
  db.close();
  return run;
}

describe("state verify", () => {
  test("of a sound run finds nothing and says what it looked at", async () => {
    const { run } = await runWithOutput();
    expect(await verifyRun(run.dir)).toEqual({
      runId: run.runId,
      dir: run.dir,
      ok: true,
      exitCode: 0,
      findings: [],
      facts: {
        events: 4,
        attempts: 1,
        owned: false,
        sqliteVersion: expect.stringMatching(/^3\.\d+\.\d+$/),
        fileSystem: expect.any(String),
        freeBytes: expect.any(Number),
      },
    });
  });

  test("works while another process carries the run out", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "60"]);
    await driver.line("acked 20");
    for (let look = 0; look < 5; look++) {
      const report = await verifyRun(run.dir);
      expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    }
    expect(await driver.ended).toBe(0);
  });

  test.each<[string, string, (dir: string) => void]>([
    ["output was changed", "output-differs", (dir) => writeFileSync(join(dir, "out"), "hellO\n")],
    ["output was cut", "output-differs", (dir) => writeFileSync(join(dir, "out"), "hell")],
    ["output is gone", "output-differs", (dir) => rmSync(join(dir, "out"))],
    [
      "the wrapper says something else",
      "output-differs",
      (dir) => writeFileSync(join(dir, "exit"), "rc=9 attempt=a-1\n"),
    ],
    ["the attempt's directory is gone", "missing-attempt", (dir) => rmSync(dir, { recursive: true })],
    ["an attempt ran without a release", "unknown-attempt", (dir) => writeUnknown(dir)],
    ["the runbook is gone", "missing-file", (dir) => rmSync(join(dir, "../../runbook.yaml"))],
  ])("exits with 76 when %s", async (_name, code, harm) => {
    const { run, dir } = await runWithOutput();
    harm(dir);
    const { exitCode, findings } = await verifyRun(run.dir);
    expect(exitCode).toBe(76);
    expect(findings).toEqual([expect.objectContaining({ code, severity: "error", hint: expect.any(String) })]);
  });

  test("lets a process that an attempt left behind go on writing, and output that was cut for its size be", async () => {
    const { run, dir } = await runWithOutput();
    writeFileSync(join(dir, "out"), "hello\nand more\n");
    expect(await verifyRun(run.dir)).toMatchObject({ exitCode: 0 });
    writeFileSync(join(dir, "out"), "he");
    writeFileSync(join(dir, "out.cut"), '{"from":2,"to":4,"how":"removed"}', { mode: 0o600 });
    expect(await verifyRun(run.dir)).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ["one is gone", "DELETE FROM attempt", "attempt lacks a row: "],
    [
      "one is there that should not",
      "INSERT INTO step SELECT 'z', state, starts, items, seq FROM step",
      "step, row 2: should not exist: ",
    ],
    ["one says something else", "UPDATE attempt SET exit_code = 1", "attempt, row 1: exit_code is 1, its events say 0"],
  ])("of rows names the first that does not follow from the events: %s", async (_, sql, said) => {
    const { exitCode, findings } = await verifyRun((await runChangedBy(sql)).dir);
    expect(exitCode).toBe(76);
    expect(findings.filter(({ code }) => code === "rows").map(({ message }) => message)).toEqual([
      expect.stringContaining(said),
    ]);
  });

  test("names rows that have no event", async () => {
    const run = await runChangedBy("PRAGMA foreign_keys = OFF; UPDATE attempt SET settled_seq = 99");
    const { exitCode, findings } = await verifyRun(run.dir);
    expect(exitCode).toBe(76);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: "integrity",
        message: expect.stringContaining("a row of attempt has no event"),
        hint: expect.stringContaining("restore a backup"),
      }),
    );
  });

  test("warns of what the next resume mends by itself", async () => {
    const run = await runChangedBy("");
    rmSync(runPaths(run.dir).witness);
    writeFileSync(join(run.dir, "journal.format-1.bak.tmp"), "", { mode: 0o600 });
    mkdirSync(join(runPaths(run.dir).attempts, "b.1"), { mode: 0o700 });
    const { exitCode, findings } = await verifyRun(run.dir);
    expect(exitCode).toBe(0);
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: "missing-file", severity: "warning", hint: "the next resume writes it again" }),
        expect.objectContaining({ code: "leftover", message: expect.stringContaining("bak.tmp was left behind") }),
        expect.objectContaining({ code: "leftover", message: expect.stringContaining("b.1 was prepared but never") }),
      ]),
    );
  });

  test("of a directory that was given another name says which run it holds", async () => {
    const run = newRun();
    const moved = join(run.stateDir.runs, "another");
    renameSync(run.dir, moved);
    const { exitCode, findings } = await verifyRun(moved);
    expect(exitCode).toBe(76);
    expect(findings).toMatchObject([
      {
        code: "not-a-journal",
        message: expect.stringContaining(`the journal of run ${run.runId}`),
        hint: `rename the directory to ${run.runId}`,
      },
    ]);
  });

  test("warns of files that others can read, with the command that mends it", async () => {
    const { run, dir } = await runWithOutput();
    chmodSync(join(dir, "out"), 0o644);
    const { exitCode, findings } = await verifyRun(run.dir);
    expect(exitCode).toBe(0);
    expect(findings).toEqual([
      {
        code: "mode",
        severity: "warning",
        message: `${dir}/out can be used by others (mode 0644)`,
        hint: `chmod 600 ${dir}/out`,
      },
    ]);
  });

  test("of something that is no run says so instead of failing", async () => {
    const report = await verifyRun("/nowhere/r-1");
    expect(report).toMatchObject({ ok: false, exitCode: 76, findings: [{ code: "missing-file" }] });
  });
});

function writeUnknown(dir: string): void {
  const unknown = join(dir, "../b.1");
  mkdirSync(unknown, { mode: 0o700 });
  writeFileSync(join(unknown, "exit"), "go attempt=b-1\n", { mode: 0o600 });
}
