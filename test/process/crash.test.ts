import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { trials } from "../rig/trials.ts";
import { type Entry, readEntries } from "./executor.ts";
import { kill, processesMarked } from "./rig.ts";
import { createRun, type Executor, type Run } from "./run-rig.ts";

/*
 * Kills at random instants. The oracle is the ledger that the steps write themselves: no step twice, no step reported ok that
 * is not in it, and every step in it at the end. `RUNSHEET_LONG=1` for hundreds of kills, `RUNSHEET_SEED=n` to repeat.
 */

const seed = Number(process.env.RUNSHEET_SEED ?? Math.floor(Math.random() * 2 ** 31));
const enoughKills = process.env.RUNSHEET_LONG ? 400 : 8;
const steps = 5;
const timeout = process.env.RUNSHEET_LONG ? 3_600_000 : 180_000;
/** A run on a busy machine must come to an end too. */
const mostDisturbances = 10;
const line = 'sleep 0.0$(($1 % 4)); echo "done $1"; echo "err $1" >&2';

describe.each([
  ["straight into files", []],
  ["through the redactor", ["a-secret-of-this-run"]],
])("with output %s", (_name, secrets) => {
  test(`an executor killed at any instant resumes to the end, without doubt and without repetition (seed ${seed})`, {
    timeout,
  }, async () => {
    trials(enoughKills);
    const random = generator(seed);
    for (let kills = 0; kills < enoughKills; ) {
      const run = createRun(line);
      const outcome = await carryOn(run, secrets, random, async (executor) => {
        executor.kill();
        kills++;
      });
      expect(outcome).toBe(0);
      expect(run.ledger()).toEqual(oneToSteps());
      expect(doubts(run)).toEqual([]);
      expectProven(run);
    }
  });

  test(`whatever is killed at any instant, no step runs twice and no false success is reported (seed ${seed})`, {
    timeout,
  }, async () => {
    trials(enoughKills);
    const random = generator(seed + 1);
    const deeds: { [deed: string]: number } = {};
    for (let kills = 0; kills < enoughKills; ) {
      const run = createRun(line);
      for (let outcome: number | string = 4; outcome === 4; ) {
        outcome = await carryOn(run, secrets, random, async (executor) => {
          const deed = ["executor", "wrapper", "command", "redactor", "session"][Math.floor(random() * 5)] as string;
          for (const pid of victims(run, executor, deed)) kill(pid);
          deeds[deed] = (deeds[deed] ?? 0) + 1;
          kills++;
        });
        if (outcome === 4) resolveByLedger(run);
        else expect(outcome).toBe(0);
      }
      expect(run.ledger().sort((a, b) => a - b)).toEqual(oneToSteps());
      expectProven(run);
    }
    expect(Object.keys(deeds).length).toBeGreaterThan(1);
  });
});

/** Starts executors and disturbs each once at a random instant, until one ends by itself or has been spared. */
async function carryOn(
  run: Run,
  secrets: readonly string[],
  random: () => number,
  disturb: (executor: Executor) => Promise<void>,
): Promise<number | string> {
  for (let spared = mostDisturbances; ; spared--) {
    const executor = run.execute(steps, {}, secrets);
    // Starting a redactor takes its time.
    const instant = delay(50 + random() * (secrets.length > 0 ? 900 : 400), "disturb" as const);
    const disturbed = spared > 0 && (await Promise.race([executor.exited, instant])) === "disturb";
    if (disturbed) await disturb(executor);
    const outcome = await executor.exited;
    // What was killed before it was let go has not run, and the executor says just that.
    const notStarted = disturbed && outcome === 3;
    if (outcome !== "SIGKILL" && !notStarted) return outcome;
  }
}

function victims(run: Run, executor: Executor, deed: string): number[] {
  const members = run.members();
  const wrapper = readEntries(run.dir).findLast((entry) => entry.kind === "released")?.identity.pid;
  const inAttempt = processesMarked("RUNSHEET_ATTEMPT=").filter((pid) => members.includes(pid));
  const marked = processesMarked(`RUNSHEET_TEST_MARK=${run.dir}`);
  switch (deed) {
    case "executor":
      return [executor.pid];
    case "wrapper":
      return inAttempt.filter((pid) => pid === wrapper);
    case "command":
      return inAttempt.filter((pid) => pid !== wrapper);
    case "redactor":
      return members.filter((pid) => !marked.includes(pid));
    default:
      return [executor.pid, ...members];
  }
}

/** As an operator would who looks what the step has done. */
function resolveByLedger(run: Run): void {
  const last = readEntries(run.dir).at(-1) as Entry;
  const as = run.ledger().includes(last.step) ? "done" : "not-done";
  appendFileSync(join(run.dir, "journal"), `${JSON.stringify({ kind: "resolved", step: last.step, n: last.n, as })}\n`);
}

function doubts(run: Run): Entry[] {
  return readEntries(run.dir).filter(
    (entry) => entry.kind === "ended" && (entry.end.kind === "lost" || entry.end.kind === "signalled"),
  );
}

/** What was reported as not started is not in the ledger because of that attempt; what was reported ok is. */
function expectProven(run: Run): void {
  const ledger = run.ledger();
  for (const entry of readEntries(run.dir)) {
    if (entry.kind === "ended" && entry.end.kind === "exited") expect(ledger).toContain(entry.step);
  }
}

function oneToSteps(): number[] {
  return Array.from({ length: steps }, (_, index) => index + 1);
}

/** mulberry32 */
function generator(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
