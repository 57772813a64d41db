import { existsSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import type { Prompt } from "../../src/domain/prompt.ts";
import { verifyRun } from "../../src/journal/care/index.ts";
import { openJournal, readJournal, runPaths } from "../../src/journal/index.ts";
import { actor, done, end, owner, release, stepEvents } from "./events.ts";
import { acknowledged, drive, newRun, own, refusal } from "./rig.ts";

describe("recorded events", () => {
  test("come back as they were given, in order, with their place", async () => {
    const run = newRun();
    const journal = await own(run);
    const odd: Event = {
      type: "checkpoint-saved",
      at: "copy/ключ%2F1",
      value: {
        text: 'a"b\\c\n\u2028\u{1f600}\u0000',
        half: "\ud800",
        list: [0.1, -0, 1e21, null, true],
        __proto__x: {},
      },
    };
    const recorded = await journal.append([odd, ...stepEvents("a")]);
    expect(recorded.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7]);
    const [back] = [...journal.read(3)];
    expect(back).toEqual(JSON.parse(JSON.stringify({ ...odd, seq: 3, epoch: 1, wallMs: back?.wallMs })));
    expect([...journal.read(6)].map(({ type }) => type)).toEqual(["attempt-ended", "step-ended"]);
    expect([...journal.read(99)]).toEqual([]);
  });

  test("come back in order however many they are", async () => {
    const run = newRun();
    const journal = await own(run);
    // 256 and 512 in all: as many as are read at a time.
    for (const count of [254, 256, 100]) {
      await journal.append(Array.from({ length: count }, () => ({ type: "step-started", at: "a" })));
      const reader = readJournal(run.dir);
      for (const events of [[...journal.read()], [...reader.read()]]) {
        expect(events.map(({ seq }) => seq)).toEqual(Array.from(events, (_, index) => index + 1));
        expect(events).toHaveLength(reader.row().seq);
      }
      reader.close();
    }
  });

  test("of one turn of the loop share a commit, and each caller gets its own", async () => {
    const run = newRun();
    const journal = await own(run);
    const all = await Promise.all(["a", "b", "c"].map((at) => journal.append(stepEvents(at))));
    expect(all.map((events) => events[0]?.seq)).toEqual([3, 7, 11]);
    expect(new Set(all.flat().map(({ wallMs }) => wallMs)).size).toBe(1);
  });

  test("are on the disk when the append resolves: another process sees them", async () => {
    const run = newRun();
    const journal = await own(run);
    await journal.append(stepEvents("a"));
    const reader = readJournal(run.dir);
    expect([...reader.read()]).toEqual([...journal.read()]);
    reader.close();
  });

  test("are those of the moment of the call, whatever happens to the object later", async () => {
    const run = newRun();
    const journal = await own(run);
    const value = { done: 1 };
    const promise = journal.append([{ type: "checkpoint-saved", at: "a", value }]);
    value.done = 2;
    await promise;
    expect([...journal.read(3)]).toMatchObject([{ value: { done: 1 } }]);
  });

  test("that wait when the journal is closed are recorded; later ones are refused", async () => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    const waiting = journal.append(stepEvents("a"));
    journal.close();
    expect(await waiting).toHaveLength(4);
    expect((await refusal(journal.append(stepEvents("b")))).message).toContain("was closed by this process");
    journal.close();
  });

  test("cannot be changed or removed, not even with a tool for databases", async () => {
    const run = newRun();
    const journal = await openJournal(run.dir, owner);
    await journal.append(stepEvents("a"));
    journal.close();
    const db = new Database(runPaths(run.dir).journal);
    expect(() => db.exec("UPDATE event SET body = '{}' WHERE seq = 3")).toThrow("recorded events never change");
    expect(() => db.exec("DELETE FROM event WHERE seq = 3")).toThrow("recorded events are never deleted");
    expect(() =>
      db.exec(
        "INSERT INTO event SELECT 99, wall_ms, mono_ms, boot_id, epoch, actor, body, hash FROM event WHERE seq = 3",
      ),
    ).toThrow("seq has a gap");
    expect(() => db.exec("DELETE FROM meta")).toThrow("is never deleted");
    db.close();
  });
});

describe("events that contradict the record are refused, and with them everything after", () => {
  const prompt: Prompt = {
    id: "a#1",
    at: "a",
    purpose: "confirm",
    severity: "severe",
    title: "Restart?",
    text: "",
    evidence: [],
    expects: { kind: "approval" },
    hash: "h1",
  };
  const answered = { type: "prompt-answered", promptId: "a#1", at: "a", answer: { kind: "approve" }, actor } as const;
  const doubt = end("a", 1, { kind: "in-doubt", evidence: [] });

  test.each<[string, readonly Event[]]>([
    ["a second release of a step that is still released", [release("a"), release("a", 2)]],
    ["a release while an earlier attempt is in doubt", [release("a"), doubt, release("a", 2)]],
    ["the same attempt twice", [release("a"), end("a"), release("a")]],
    ["an end without a release", [end("a")]],
    ["a second end", [release("a"), end("a"), end("a")]],
    [
      "an answer to another text than was shown",
      [
        { type: "prompt-opened", prompt },
        { ...answered, hash: "h2" },
      ],
    ],
    [
      "a second answer",
      [
        { type: "prompt-opened", prompt },
        { ...answered, hash: "h1" },
        { ...answered, hash: "h1" },
      ],
    ],
    ["a resolution where there is no doubt", [release("a"), end("a"), resolved("rerun")]],
  ])("%s", async (_name, events) => {
    const run = newRun();
    const journal = await own(run);
    const error = await refusal(journal.append(events));
    expect(error).toMatchObject({ exitCode: 76, message: expect.stringContaining("contradicts") });
    expect((await refusal(journal.append([{ type: "step-started", at: "z" }]))).message).toBe(error.message);
    expect([...journal.read(3)]).toEqual([]);
  });

  test("while retries, resolutions, reopened steps and services in their order are taken", async () => {
    const run = newRun();
    const journal = await own(run);
    const failed = end("a", 1, { kind: "failed", failure: { code: "exit-code", message: "1" }, exitCode: 1 });
    await journal.append([
      ...[{ type: "step-started", at: "a" } as const, release("a"), failed, release("a", 2)],
      ...[end("a", 2, { kind: "cancelled", reason: "SIGINT" }), resolved("not-done", 2)],
      ...[release("a", 3), end("a", 3, { kind: "in-doubt", evidence: [] })],
      ...[{ type: "step-reopened", at: "a", actor } as const, release("a", 4), end("a", 4), done("a")],
      ...[release("svc"), { type: "service-ready", at: "svc", n: 1 } as const],
      { type: "service-ended", at: "svc", n: 1, wanted: true },
      release("svc", 2),
    ]);
    const reader = readJournal(run.dir);
    expect(reader.row()).toMatchObject({ inDoubt: 0, released: 1, steps: { done: 1, failed: 0 } });
    reader.close();
    expect((await verifyRun(run.dir)).findings.filter(({ code }) => code === "rows")).toEqual([]);
  });

  test("with the exit code of each attempt that has one", async () => {
    const run = newRun();
    const journal = await own(run);
    const failed = { kind: "failed", failure: { code: "exit-code", message: "3" }, exitCode: 3 } as const;
    await journal.append([{ type: "step-started", at: "a" }, release("a"), end("a", 1, failed), release("a", 2)]);
    await journal.append([end("a", 2, { kind: "in-doubt", evidence: [] }), resolved("rerun", 2)]);
    await journal.append([release("a", 3), end("a", 3, { kind: "ok", exitCode: 0 }), release("a", 4)]);
    const db = new Database(runPaths(run.dir).journal, { readonly: true });
    expect(db.prepare("SELECT exit_code FROM attempt ORDER BY n").pluck().all()).toEqual([3, null, 0, null]);
    db.close();
  });

  test("and a step that is done again counts once, with its starts on record", async () => {
    const run = newRun();
    const journal = await own(run);
    const reopened = { type: "step-reopened", at: "a", actor } as const;
    const failed: Event = {
      type: "step-ended",
      at: "a",
      result: { kind: "failed", failure: { code: "x", message: "x" } },
    };
    await journal.append([
      { type: "step-started", at: "a" },
      failed,
      reopened,
      { type: "step-started", at: "a" },
      done("a"),
    ]);
    await journal.append([
      reopened,
      done("a"),
      { type: "step-ended", at: "b", result: { kind: "skipped", why: "when" } },
    ]);
    const reader = readJournal(run.dir);
    expect(reader.row().steps).toEqual({ done: 1, skipped: 1, failed: 0 });
    reader.close();
    const db = new Database(runPaths(run.dir).journal, { readonly: true });
    expect(db.prepare("SELECT address, state, starts FROM step ORDER BY 1").raw().all()).toEqual([
      ["a", "done", 2],
      ["b", "skipped", 0],
    ]);
    db.close();
  });

  function resolved(as: "rerun" | "not-done", n = 1): Event {
    return { type: "doubt-resolved", at: "a", n, as, by: "operator", reason: "looked", actor };
  }
});

describe("when a commit fails", () => {
  test("nothing more is recorded or run, even if the disk recovers (exit code 74)", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "5"], { env: { RUNSHEET_FAULT: "journal.commit.before:6=eio" } });
    expect(await driver.ended).toBe(74);
    expect(driver.lines.at(-1)).toMatch(/^refused 74 cannot write to .*journal\.db \(EIO/);
    // Acknowledged is what was recorded, no more.
    const journal = await own(run);
    expect(journal.acquired.seq - 1).toBe(acknowledged(driver).at(-1));
  });

  test("an event that was refused may still be on the disk, and the next owner finds it", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "5"], { env: { RUNSHEET_FAULT: "journal.commit.after:6=eio" } });
    expect(await driver.ended).toBe(74);
    const journal = await own(run);
    expect(journal.acquired.seq - 1).toBeGreaterThan(acknowledged(driver).at(-1) as number);
    journal.close();
    expect(await verifyRun(run.dir)).toMatchObject({ exitCode: 0 });
  });

  test("because the disk is full, the pause is recorded on the space kept for it", async () => {
    const run = newRun();
    const driver = drive(["write", run.dir, "5"], { env: { RUNSHEET_FAULT: "journal.commit.before:6=full" } });
    expect(await driver.ended).toBe(74);
    expect(driver.lines.at(-1)).toContain("the disk is full");
    expect(driver.lines.at(-1)).toContain("the run is paused");
    expect(existsSync(runPaths(run.dir).reserve)).toBe(false);
    const reader = readJournal(run.dir);
    expect(reader.row().state).toEqual({ kind: "paused", reason: { kind: "disk-full" }, exitCode: 74 });
    reader.close();
    expect(await verifyRun(run.dir)).toMatchObject({ exitCode: 0 });
  });

  test("because another program locks the file for a moment, the commit waits and the loop goes on", async () => {
    const run = newRun();
    const journal = await own(run);
    const other = new Database(runPaths(run.dir).journal);
    const now = vi.spyOn(performance, "now");
    onTestFinished(() => now.mockRestore());
    // However long ago it was locked last: the patience begins anew.
    for (const time of [1_000, 60_000]) {
      now.mockReturnValue(time);
      other.exec("BEGIN IMMEDIATE");
      let recorded = false;
      const first = journal.append(stepEvents(`a-${time}`)).finally(() => {
        recorded = true;
      });
      await turn();
      const second = journal.append(stepEvents(`b-${time}`));
      await turn();
      expect(recorded).toBe(false);
      other.exec("ROLLBACK");
      expect([...(await first), ...(await second)].map((event) => "at" in event && event.at)).toEqual([
        ...Array(4).fill(`a-${time}`),
        ...Array(4).fill(`b-${time}`),
      ]);
    }
    expect([...journal.read(3)]).toHaveLength(16);
    other.close();
  });

  test("because another program locks the file for long, nothing more is recorded", async () => {
    const run = newRun();
    const journal = await own(run);
    const other = new Database(runPaths(run.dir).journal);
    other.exec("BEGIN IMMEDIATE");
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    onTestFinished(() => now.mockRestore());
    const appended = refusal(journal.append(stepEvents("a")));
    await turn();
    await turn();
    now.mockReturnValue(6_000);
    const error = await appended;
    expect(error).toMatchObject({ exitCode: 75, message: expect.stringContaining("another program holds it") });
    other.exec("ROLLBACK");
    expect(await refusal(journal.append(stepEvents("b")))).toBe(error);
    expect([...journal.read(3)]).toEqual([]);
    other.close();
    // Nothing more is attempted on that connection: the file is not even brought into the form of a run at rest.
    journal.close();
    const left = new Database(runPaths(run.dir).journal, { readonly: true });
    expect(left.pragma("journal_mode", { simple: true })).toBe("wal");
    left.close();
  });

  test("an event that is no JSON harms nobody else", async () => {
    const run = newRun();
    const journal = await own(run);
    const bad = { type: "checkpoint-saved", at: "a", value: 1n } as unknown as Event;
    const [good, refused] = await Promise.allSettled([journal.append(stepEvents("b")), journal.append([bad])]);
    expect(good.status).toBe("fulfilled");
    expect(refused).toMatchObject({ status: "rejected", reason: expect.any(TypeError) });
    expect(await journal.append(stepEvents("c"))).toHaveLength(4);
  });
});
