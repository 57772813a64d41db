/*
 * A process that does to a journal what an executor does, for tests that kill it, stop it or break its disk.
 *
 *     node driver.ts write RUN_DIR STEPS     steps one after the other; says "acked <seq>" after each durable commit
 *     node driver.ts wide RUN_DIR STEPS      16 steps at a time, grouped by the loop
 *     node driver.ts hold RUN_DIR            takes the run and keeps it
 *     node driver.ts forget RUN_DIR          takes the run and forgets about it, garbage collection and all
 *     node driver.ts create STATE_DIR ID     creates a run
 *     node driver.ts mutex STATE_DIR KEY     takes a mutex and keeps it
 *     node driver.ts migrate RUN_DIR         upgrades to an invented format 2
 */
import { appendFileSync, mkdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Event } from "../../src/domain/event.ts";
import { JournalError } from "../../src/domain/ports.ts";
import {
  acquireMutex,
  createRun,
  type OwnedJournal,
  openJournal,
  openStateDir,
  runPaths,
} from "../../src/journal/index.ts";
import { migrate } from "../../src/journal/migrate.ts";
import { actor, created, done, end, owner, release } from "./events.ts";
import { inventedMigrations } from "./invented-format.ts";

const [verb, place = "", what = ""] = process.argv.slice(2);
const me = { ...owner, identity: { ...owner.identity, pid: process.pid } };

const verbs: { readonly [verb: string]: () => Promise<void> } = {
  write: () => owning((journal) => inSequence(journal, Number(what))),
  wide: () => owning((journal) => wide(journal, Number(what))),
  hold: () => owning(forEver),
  forget: async () => {
    await openJournal(place, me);
    setInterval(() => {}, 1000);
    await new Promise((resolve) => setImmediate(resolve));
    gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc?.();
    say("forgotten");
  },
  create: async () => {
    createRun(openStateDir(place), what, {
      runbookBytes: Buffer.from("runsheet: 1\n"),
      files: { "calls/other.yaml": Buffer.from("runsheet: 1\n") },
      created: created(what),
      bootId: "boot-1",
    });
    say("created");
  },
  mutex: async () => {
    await acquireMutex(openStateDir(place), what, { runId: `r-of-${process.pid}`, actor, pid: process.pid });
    say("held");
    await forEver();
  },
  migrate: async () => {
    await migrate(runPaths(place), inventedMigrations, 2);
    say("migrated");
  },
};

try {
  await verbs[verb ?? ""]?.();
} catch (error) {
  if (!(error instanceof JournalError)) throw error;
  say(`refused ${error.exitCode} ${error.message}`);
  process.exitCode = error.exitCode;
}

async function owning(use: (journal: OwnedJournal) => Promise<void>): Promise<void> {
  const journal = await openJournal(place, me);
  say(`owned ${journal.epoch}`);
  try {
    await use(journal);
  } finally {
    journal.close();
  }
  say("closed");
}

/** Goes on where the journal stands, as a resume does; an attempt that was open counts as in doubt and is resolved. */
async function inSequence(journal: OwnedJournal, steps: number): Promise<void> {
  const states = statesOf(journal);
  for (let step = 1; step <= steps; step++) {
    const at = `step-${step}`;
    const { n, state } = states.get(at) ?? { n: 0, state: "none" };
    if (state === "ended") continue;
    if (state === "released") {
      await record(journal, [
        { type: "attempt-ended", at, n, outcome: { kind: "in-doubt", evidence: ["killed"] }, observedLate: true },
        { type: "doubt-resolved", at, n, as: "rerun", by: "idempotent", reason: "test", actor },
      ]);
    }
    await record(journal, [{ type: "step-started", at }]);
    prepareAttempt(at, n + 1);
    await record(journal, [release(at, n + 1)]);
    runAttempt(at, n + 1);
    await record(journal, [end(at, n + 1), done(at)]);
  }
  await record(journal, [{ type: "run-ended", result: "done", exitCode: 0 }]);
}

/** What a wrapper leaves before its gate. */
function prepareAttempt(at: string, n: number): void {
  const dir = join(place, "attempts", `${at}.${n}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, "exit"), "\n".repeat(256), { mode: 0o600 });
  writeFileSync(join(dir, "out"), "", { mode: 0o600 });
}

/** What it leaves when its command ran. */
function runAttempt(at: string, n: number): void {
  const exit = join(place, "attempts", `${at}.${n}`, "exit");
  writeFileSync(exit, `go attempt=${at}-${n}\n`);
  appendFileSync(join(dirname(place), `.ledger-${basename(place)}`), `${at}\n`);
  writeFileSync(exit, `go attempt=${at}-${n}\nrc=0 attempt=${at}-${n}\n`);
}

function statesOf(journal: OwnedJournal): Map<string, { n: number; state: "released" | "settled" | "ended" }> {
  const states = new Map<string, { n: number; state: "released" | "settled" | "ended" }>();
  for (const event of journal.read()) {
    if (event.type === "attempt-released") states.set(event.at, { n: event.n, state: "released" });
    if (event.type === "attempt-ended") states.set(event.at, { n: event.n, state: "settled" });
    if (event.type === "step-ended") states.set(event.at, { n: states.get(event.at)?.n ?? 0, state: "ended" });
  }
  return states;
}

async function wide(journal: OwnedJournal, steps: number): Promise<void> {
  let next = 1;
  const worker = async () => {
    while (next <= steps) {
      const at = `step-${next++}`;
      await record(journal, [{ type: "step-started", at }]);
      await record(journal, [release(at)]);
      await record(journal, [end(at), done(at)]);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function record(journal: OwnedJournal, events: readonly Event[]): Promise<void> {
  const recorded = await journal.append(events);
  for (const { seq } of recorded) say(`acked ${seq}`);
}

function forEver(): Promise<void> {
  return new Promise(() => setInterval(() => {}, 1000));
}

// Not console.log: what was said must be in the pipe before the next system call can kill us.
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
