import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, onTestFinished } from "vitest";
import type { JournalError } from "../../src/domain/ports.ts";
import {
  createRun,
  makeRunId,
  type OwnedJournal,
  openJournal,
  openStateDir,
  type StateDir,
} from "../../src/journal/index.ts";
import { created, owner } from "./events.ts";

/** With RUNSHEET_LONG=1 the loops that kill, break and race go all the way; else they take samples. */
export const long = process.env.RUNSHEET_LONG === "1";

/** A directory that is gone when the test is over. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-journal-"));
  afterwards(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** When the test is over; what is made before the first test stays for the whole file. */
function afterwards(clean: () => void): void {
  if (expect.getState().currentTestName) onTestFinished(clean);
  else last.push(clean);
}

const last: (() => void)[] = [];
afterAll(() => {
  for (const clean of last.splice(0)) clean();
});

export function newStateDir(): StateDir {
  return openStateDir(join(temporaryDirectory(), "state"));
}

export type TestRun = { readonly stateDir: StateDir; readonly runId: string; readonly dir: string };

export function newRun(stateDir = newStateDir(), runId = makeRunId()): TestRun {
  const dir = createRun(stateDir, runId, {
    runbookBytes: Buffer.from("runsheet: 1\nname: bp-switch\n"),
    created: created(runId),
    bootId: "boot-1",
  });
  return { stateDir, runId, dir };
}

/** Opens a run's journal and closes it when the test is over. */
export async function own(run: { readonly dir: string }): Promise<OwnedJournal> {
  const journal = await openJournal(run.dir, owner);
  onTestFinished(() => journal.close());
  return journal;
}

export async function refusal(promise: Promise<unknown>): Promise<JournalError> {
  try {
    await promise;
  } catch (error) {
    return error as JournalError;
  }
  throw new Error("was not refused");
}

export function caught(call: () => unknown): JournalError {
  try {
    call();
  } catch (error) {
    return error as JournalError;
  }
  throw new Error("did not throw");
}

/** A process that writes a journal (driver.ts), killed at the latest when the test is over. */
export type Driver = {
  readonly process: ChildProcess;
  /** Lines of its standard output so far. */
  readonly lines: string[];
  /** Waits for a line that begins so. */
  line(prefix: string): Promise<string>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
};

export const driverFile = new URL("driver.ts", import.meta.url).pathname;

export function drive(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; wrapper?: readonly string[] } = {},
): Driver {
  const [command, ...rest] = [...(options.wrapper ?? []), process.execPath, driverFile, ...args];
  const child = spawn(command as string, rest, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...options.env },
  });
  afterwards(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return {
    process: child,
    lines,
    ended,
    line: (prefix) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => line.startsWith(prefix));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then((how) =>
          reject(new Error(`the driver ended (${how}) without "${prefix}": ${lines.join("; ")}`)),
        );
      }),
  };
}

/** Events that the driver said were recorded. */
export function acknowledged(driver: Driver): number[] {
  return driver.lines.filter((line) => line.startsWith("acked ")).map((line) => Number(line.slice(6)));
}
