import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { backupRun, exportChain, verifyRun } from "../../src/journal/care/index.ts";
import { isOwned, listRun, listRuns, openJournal, readJournal, runPaths } from "../../src/journal/index.ts";
import { done, owner, stepEvents } from "./events.ts";
import { drive, long, newRun, own, refusal, temporaryDirectory } from "./rig.ts";

describe("owning a run", () => {
  test("begins a new epoch each time and records who, where and since when", async () => {
    const run = newRun();
    const first = await openJournal(run.dir, owner);
    expect(first.epoch).toBe(1);
    expect(first.acquired).toMatchObject({ type: "owner-acquired", epoch: 1, actor: owner.actor, seq: 2 });
    first.close();
    const second = await own(run);
    expect(second.epoch).toBe(2);
    expect([...second.read()].map(({ type, epoch }) => [type, epoch])).toEqual([
      ["run-created", 0],
      ["owner-acquired", 1],
      ["owner-acquired", 2],
    ]);
  });

  test("is refused with exit code 75 while another process has it, naming that process", async () => {
    const run = newRun();
    const driver = drive(["hold", run.dir]);
    await driver.line("owned");
    const error = await refusal(openJournal(run.dir, owner));
    expect(error.exitCode).toBe(75);
    expect(error.message).toMatch(
      new RegExp(
        `^run ${run.runId} is being carried out by anna@desk, pid ${driver.process.pid}, /dev/pts/7, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ$`,
      ),
    );
    expect(error.hint).toContain(`runsheet attach ${run.runId}`);
  });

  test("is refused within this process, too, and nothing that this process looks at loosens the lock", async () => {
    const run = newRun();
    const journal = await own(run);
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(75);
    expect(isOwned(run.dir)).toBe(true);
    listRuns(run.stateDir);
    await verifyRun(run.dir);
    await backupRun(run.dir, temporaryDirectory());
    expect([...exportChain(run.dir)]).toHaveLength(3);
    journal.space();
    // A closed descriptor of a locked file would have dropped the lock of the whole process (fcntl(2)).
    expect(await drive(["hold", run.dir]).ended).toBe(75);
    expect(await journal.append(stepEvents("a"))).toHaveLength(4);
  });

  test("goes on being refused while the owner is stopped, and not after it was killed", async () => {
    const run = newRun();
    const driver = drive(["hold", run.dir]);
    await driver.line("owned");
    driver.process.kill("SIGSTOP");
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(75);
    expect(isOwned(run.dir)).toBe(true);
    driver.process.kill("SIGKILL");
    expect(await driver.ended).toBe("SIGKILL");
    expect(isOwned(run.dir)).toBe(false);
    expect((await own(run)).epoch).toBe(2);
  });

  test("is given up again when the record cannot be taken over", async () => {
    const run = newRun();
    const { journal } = runPaths(run.dir);
    renameSync(journal, `${journal}.away`);
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(76);
    expect(isOwned(run.dir)).toBe(false);
    renameSync(`${journal}.away`, journal);
    expect((await own(run)).epoch).toBe(1);
  });

  test("lasts as long as the process, even if the process has lost every reference to it", async () => {
    const run = newRun();
    const driver = drive(["forget", run.dir], { env: { NODE_OPTIONS: "--expose-gc" } });
    await driver.line("forgotten");
    expect((await refusal(openJournal(run.dir, owner))).exitCode).toBe(75);
  });

  test("is granted to one of many processes that want it at once", async () => {
    const run = newRun();
    const gate = join(run.stateDir.path, "gate");
    // Each waits for the gate without a process of its own, so that all of them start to race at one moment.
    const racers = Array.from({ length: long ? 40 : 10 }, () =>
      drive(["hold", run.dir], {
        wrapper: ["/bin/sh", "-c", `while [ ! -e '${gate}' ]; do sleep 0.05; done; exec "$@"`, "sh"],
      }),
    );
    writeFileSync(gate, "");
    const outcomes = await Promise.all(racers.map((racer) => Promise.race([racer.line("owned"), racer.ended])));
    expect(outcomes.filter((outcome) => outcome === "owned 1")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 75)).toHaveLength(racers.length - 1);
  });

  test("is not disturbed by others who only ask whether it is owned", async () => {
    const run = newRun();
    let asking = true;
    const asker = (async () => {
      while (asking) {
        isOwned(run.dir);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let epoch = 1; epoch <= 20; epoch++) {
      const journal = await openJournal(run.dir, owner);
      expect(journal.epoch).toBe(epoch);
      journal.close();
    }
    asking = false;
    await asker;
  });

  test("ends for a process that lost it: its next write is refused and changes nothing", async () => {
    const run = newRun();
    const journal = await own(run);
    const usurper = new Database(runPaths(run.dir).journal);
    usurper.exec("UPDATE run SET epoch = epoch + 1");
    usurper.close();
    const error = await refusal(journal.append(stepEvents("a")));
    expect(error).toMatchObject({ exitCode: 75, message: expect.stringContaining("took this run over") });
    expect((await refusal(journal.append(stepEvents("b")))).exitCode).toBe(75);
    const reader = readJournal(run.dir);
    expect(reader.row().seq).toBe(2);
    reader.close();
  });
});

describe("an ended run", () => {
  test("is one file that anybody can read without leaving traces", async () => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    await journal.append([...stepEvents("a"), { type: "run-ended", result: "done", exitCode: 0 }]);
    journal.close();
    const parts = ["attempts", "files", "head", "journal.db", "lock.db", "runbook.yaml"];
    expect(readdirSync(run.dir).sort()).toEqual(parts);
    expect(listRun(run.dir, run.runId)).toMatchObject({ activity: "resting", state: { kind: "ended" } });
    expect(readdirSync(run.dir).sort()).toEqual(parts);
  });

  test("is whole, too, when somebody was reading while it was closed", async () => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    await journal.append(stepEvents("a"));
    const reader = readJournal(run.dir);
    reader.row();
    journal.close();
    expect([...reader.read()]).toHaveLength(6);
    reader.close();
    const again = await own(run);
    expect([...again.read()]).toHaveLength(7);
  });
});

describe("a run is not carried on (exit code 76)", () => {
  test.each([
    ["is missing", (journal: string) => rmSync(journal)],
    ["is empty", (journal: string) => writeFileSync(journal, "")],
    ["is damaged", (journal: string) => writeFileSync(journal, "no database at all".repeat(100))],
  ])("when its journal %s", async (problem, harm) => {
    const run = newRun();
    const { journal } = runPaths(run.dir);
    harm(journal);
    const error = await refusal(openJournal(run.dir, owner));
    expect(error.exitCode).toBe(76);
    expect(error.message).toContain(problem);
    expect(error.hint).not.toBe("");
    // And nothing was made in its place.
    if (problem === "is missing") expect(existsSync(journal)).toBe(false);
  });

  test("when the journal is another run's", async () => {
    const run = newRun();
    const moved = join(run.stateDir.runs, "renamed");
    renameSync(run.dir, moved);
    const error = await refusal(openJournal(moved, owner));
    expect(error).toMatchObject({ exitCode: 76, message: expect.stringContaining(`journal of run ${run.runId}`) });
  });

  test("when attempts were replaced by a symbolic link, through which nothing is written", async () => {
    const run = newRun();
    const { attempts } = runPaths(run.dir);
    const elsewhere = join(run.stateDir.path, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    rmSync(attempts, { recursive: true });
    symlinkSync(elsewhere, attempts);
    expect((await refusal(openJournal(run.dir, owner))).message).toContain("is a symbolic link");
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("when an attempt ran of which the journal has no release", async () => {
    const run = newRun();
    const attempt = join(runPaths(run.dir).attempts, "replace-target.1");
    mkdirSync(attempt, { mode: 0o700 });
    writeFileSync(join(attempt, "exit"), "go attempt=x-1\n".padEnd(256, "\n"));
    const error = await refusal(openJournal(run.dir, owner));
    expect(error.exitCode).toBe(76);
    expect(error.message).toContain('knows nothing of replace-target.1 (its wrapper wrote "go attempt=x-1")');
    expect(error.hint).toContain("nothing was run again");
    expect(existsSync(attempt)).toBe(true);
  });
});

test("an attempt that never passed its gate is swept away at the next resume", async () => {
  const run = newRun();
  const { attempts } = runPaths(run.dir);
  for (const [name, said] of [
    ["a.1", "\n".repeat(256)],
    ["b.1", "gate-eof attempt=b-1\n"],
  ] as const) {
    mkdirSync(join(attempts, name), { mode: 0o700 });
    writeFileSync(join(attempts, name, "exit"), said);
    writeFileSync(join(attempts, name, "out"), "");
  }
  mkdirSync(join(attempts, ".spare-1-x"), { mode: 0o700 });
  await own(run);
  expect(readdirSync(attempts)).toEqual([".spare-1-x"]);
});

test("a plan of ten thousand items is one commit, and the rows know how many there are", async () => {
  const run = newRun();
  const journal = await own(run);
  const items = Array.from({ length: 10_000 }, (_, index) => ({ key: `object-${index}`, value: { index } }));
  await journal.append([
    { type: "step-started", at: "copy" },
    { type: "items-frozen", at: "copy", from: 0, items, complete: true, concurrency: 16, maxFailures: 0, pilot: 0 },
    ...stepEvents("copy/object-1"),
    done("copy"),
  ]);
  const reader = readJournal(run.dir);
  expect(reader.row()).toMatchObject({ items: { done: 1, failed: 0 }, steps: { done: 1 } });
  expect([...reader.read(4)][0]).toMatchObject({ type: "items-frozen", items: { length: 10_000 } });
  reader.close();
});
