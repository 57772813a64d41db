import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backupRun, exportChain, pruneRuns, verifyRun } from "../../../src/journal/care/index.ts";
import { createRun, listRuns, openJournal, type StateDir } from "../../../src/journal/index.ts";
import { created, end, owner, release, stepEvents } from "../events.ts";
import { caught, drive, newRun, newStateDir, own, refusal, temporaryDirectory } from "../rig.ts";

describe("a backup", () => {
  test("of a run that is being carried out is consistent and can be carried on by itself", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "60"]);
    await driver.line("acked 20");
    const into = temporaryDirectory();
    const { dir, report } = await backupRun(run.dir, into);
    expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(await driver.ended).toBe(0);
    expect(dir).toBe(join(into, run.runId));
    const copy = await own({ dir });
    const copied = [...copy.read()].slice(0, -1);
    expect(copied.length).toBeGreaterThanOrEqual(20);
    const original = await own(run);
    expect([...original.read()].slice(0, copied.length)).toEqual(copied);
  });

  test("has the runbook, the called files and the output, private as in the run, but no FIFO", async () => {
    const stateDir = newStateDir();
    const dir = createRun(stateDir, "r-1", {
      runbookBytes: Buffer.from("runsheet: 1\n"),
      files: { "calls/other.yaml": Buffer.from("other") },
      created: created("r-1"),
      bootId: "b",
    });
    const journal = await openJournal(dir, owner);
    const attempt = join(dir, "attempts", "a.1");
    mkdirSync(attempt, { mode: 0o700 });
    writeFileSync(join(attempt, "out"), "printed", { mode: 0o600 });
    execFileSync("mkfifo", ["-m", "600", join(attempt, "alive")]);
    await journal.append([release("a")]);
    journal.close();
    const copy = (await backupRun(dir, temporaryDirectory())).dir;
    expect(readFileSync(join(copy, "runbook.yaml"), "utf8")).toBe("runsheet: 1\n");
    expect(readFileSync(join(copy, "files/calls/other.yaml"), "utf8")).toBe("other");
    expect(readFileSync(join(copy, "attempts/a.1/out"), "utf8")).toBe("printed");
    expect(existsSync(join(copy, "attempts/a.1/alive"))).toBe(false);
    expect((await verifyRun(copy)).findings).toEqual([]);
  });

  test("is one whole directory without leftovers, or none", async () => {
    const run = newRun();
    const into = temporaryDirectory();
    await backupRun(run.dir, into);
    expect(readdirSync(into)).toEqual([run.runId]);
    expect((await refusal(backupRun(run.dir, into))).exitCode).toBe(73);
    expect(readdirSync(into)).toEqual([run.runId]);
    expect((await refusal(backupRun(run.dir, join(into, "missing")))).message).toContain("ENOENT");
  });
});

describe("pruning", () => {
  const day = 86_400_000;
  const later = Date.now() + 100 * day;

  test("removes ended runs that are old enough and keeps the newest", async () => {
    const stateDir = newStateDir();
    for (const id of ["one", "two", "three"]) await ended(stateDir, id);
    expect(await pruneRuns(stateDir, { olderThanMs: 90 * day, keep: 1, nowMs: later, dryRun: true })).toEqual({
      removed: ["two", "one"],
      kept: [{ runId: "three", why: "it is among the newest 1" }],
    });
    expect(listRuns(stateDir)).toHaveLength(3);
    await pruneRuns(stateDir, { olderThanMs: 90 * day, keep: 1, nowMs: later });
    expect(readdirSync(stateDir.runs)).toEqual(["three"]);
    expect(await pruneRuns(stateDir, { olderThanMs: 90 * day })).toMatchObject({
      removed: [],
      kept: [{ why: "it is not old enough" }],
    });
  });

  test("never removes what is owned, unfinished, in doubt, or unreadable, nor anything without a rule", async () => {
    const stateDir = newStateDir();
    await ended(stateDir, "plain");
    await ended(stateDir, "doubt", [release("a"), end("a", 1, { kind: "in-doubt", evidence: [] })]);
    newRun(stateDir, "untouched");
    mkdirSync(join(stateDir.runs, "unreadable"));
    const interrupted = await openJournal(newRun(stateDir, "interrupted").dir, owner);
    interrupted.close();
    await own(await ended(stateDir, "owned"));
    const kept = (await pruneRuns(stateDir, {})).kept.find(({ runId }) => runId === "plain");
    expect(kept?.why).toBe("no age and no number was given");
    const { removed, kept: rest } = await pruneRuns(stateDir, { olderThanMs: 0, nowMs: later });
    expect(removed).toEqual(["plain"]);
    expect(new Map(rest.map(({ runId, why }) => [runId, why]))).toEqual(
      new Map([
        ["doubt", "an attempt of it is in doubt"],
        ["untouched", "it is new"],
        ["unreadable", "it cannot be read"],
        ["interrupted", "it is interrupted"],
        ["owned", "it is running"],
      ]),
    );
  });

  test("sweeps what an earlier prune left when it was killed", async () => {
    const stateDir = newStateDir();
    mkdirSync(join(stateDir.runs, ".trash-old/attempts"), { recursive: true });
    mkdirSync(join(stateDir.runs, ".new-fresh-1"));
    await pruneRuns(stateDir, { keep: 10 });
    expect(readdirSync(stateDir.runs)).toEqual([".new-fresh-1"]);
    await pruneRuns(stateDir, { keep: 10, nowMs: later });
    expect(readdirSync(stateDir.runs)).toEqual([]);
  });

  async function ended(stateDir: StateDir, id: string, events = stepEvents("s")) {
    const run = newRun(stateDir, id);
    const journal = await openJournal(run.dir, owner);
    await journal.append([...events, { type: "run-ended", result: "done", exitCode: 0 }]);
    journal.close();
    // Runs of one millisecond have no order.
    await new Promise((resolve) => setTimeout(resolve, 2));
    return run;
  }
});

describe("the exported chain", () => {
  test("can be checked by anybody with twenty lines of code", async () => {
    const run = newRun();
    const journal = await own(run);
    await journal.append([
      ...stepEvents("a"),
      { type: "checkpoint-saved", at: "a", value: { text: '"}\u2028\ud800é', list: [1e21, -0.5] } },
    ]);
    const lines = [...exportChain(run.dir)];
    expect(lines).toHaveLength(1 + 2 + 5);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ format: "runsheet-journal", version: 1, runId: run.runId });
    expect(recheck(lines)).toBeUndefined();
    const forged = lines.map((line, index) => (index === 3 ? line.replace("step-started", "step-startet") : line));
    expect(recheck(forged)).toBe(3);
    expect(recheck(lines.toSpliced(4, 1))).toBe(4);
  });

  test("ends with an error where the record is damaged", async () => {
    expect(caught(() => [...exportChain("/nowhere/r-1")]).exitCode).toBe(76);
  });

  /** The line number that does not fit, by the documentation of `exportChain` alone. */
  function recheck(lines: readonly string[]): number | undefined {
    const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
    let previous = sha256(lines[0] as string);
    for (const [number, line] of lines.entries()) {
      if (number === 0) continue;
      const found = /^(.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line);
      if (!found || sha256(`${previous}\n${found[1]}}`) !== found[2]) return number;
      previous = found[2] as string;
    }
    return undefined;
  }
});
