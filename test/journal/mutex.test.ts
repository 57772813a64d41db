import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { acquireMutex } from "../../src/journal/index.ts";
import { actor } from "./events.ts";
import { drive, newStateDir, refusal } from "./rig.ts";

const holder = { runId: "r-2", actor, pid: process.pid };

test("a second run of the same key is refused with exit code 75, naming the run that has it", async () => {
  const stateDir = newStateDir();
  const driver = drive(["mutex", stateDir.path, "bp-switch/eos"]);
  await driver.line("held");
  const error = await refusal(acquireMutex(stateDir, "bp-switch/eos", holder));
  expect(error.exitCode).toBe(75);
  expect(error.message).toMatch(
    new RegExp(
      `^run r-of-${driver.process.pid} holds the mutex "bp-switch/eos" \\(anna@desk, pid ${driver.process.pid}, since`,
    ),
  );
  expect(error.hint).toContain("runsheet stop r-of-");
  (await acquireMutex(stateDir, "bp-switch/wax", holder)).release();
});

test("a mutex is free again when its holder was killed, and when it was released", async () => {
  const stateDir = newStateDir();
  const driver = drive(["mutex", stateDir.path, "k"]);
  await driver.line("held");
  driver.process.kill("SIGKILL");
  await driver.ended;
  const mutex = await acquireMutex(stateDir, "k", holder);
  expect((await refusal(acquireMutex(stateDir, "k", { ...holder, runId: "r-3" }))).message).toContain("run r-2 holds");
  mutex.release();
  (await acquireMutex(stateDir, "k", holder)).release();
});

test("processes that make the lock file of a new key at one moment agree on one holder", async () => {
  const stateDir = newStateDir();
  const attempts = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => acquireMutex(stateDir, "new", { ...holder, runId: `r-${index}` })),
  );
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(stateDir.mutexes).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("keys may hold any text", async () => {
  const stateDir = newStateDir();
  for (const key of ["../../etc", "a\0b", "\u{1f600}".repeat(2000), ""]) {
    (await acquireMutex(stateDir, key, holder)).release();
  }
  expect(readdirSync(stateDir.mutexes)).toHaveLength(4);
});
