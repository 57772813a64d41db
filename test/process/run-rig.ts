import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { kill, openFiles, processesMarked, processesWithFilesIn, until } from "./rig.ts";

/** A run of the small executor: steps that write to a ledger, executors that can be killed. */
export type Run = {
  readonly dir: string;
  execute(steps: number, env?: Record<string, string>, secrets?: readonly string[]): Executor;
  /** The steps in the order in which they ran. */
  ledger(): number[];
  /** Every process that this run has started and that lives. */
  members(): number[];
};

export type Executor = {
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(): void;
  /** It has said that it waits for a command that it did not start itself. */
  isWaiting(): boolean;
};

/** @param line what each step does after it has written its number to the ledger */
export function createRun(line: string): Run {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-run-"));
  const mark = `RUNSHEET_TEST_MARK=${dir}`;
  writeFileSync(join(dir, "step.sh"), `echo "$1" >> ledger\n${line}\n`);
  // The redactor has no environment that could be marked, but it has our files open.
  const members = (): number[] => [...new Set([...processesMarked(mark), ...processesWithFilesIn(dir)])];
  onTestFinished(async () => {
    await until("everything is gone", () => {
      for (const pid of members()) kill(pid);
      return members().length === 0;
    });
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    dir,
    members,
    execute: (steps, env = {}, secrets = []) =>
      startExecutor(dir, String(steps), {
        RUNSHEET_TEST_MARK: dir,
        RUNSHEET_TEST_SECRETS: JSON.stringify(secrets),
        ...env,
      }),
    ledger: () =>
      existsSync(join(dir, "ledger")) ? readFileSync(join(dir, "ledger"), "utf8").trim().split("\n").map(Number) : [],
  };
}

function startExecutor(dir: string, steps: string, env: Record<string, string>): Executor {
  const child = spawn(process.execPath, [join(import.meta.dirname, "executor.ts"), dir, steps], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? (code as number)));
  });
  return {
    pid: child.pid as number,
    exited,
    kill: () => child.kill("SIGKILL"),
    isWaiting: () => isAdopting(child, dir),
  };
}

/** It keeps the FIFO of an attempt open to hear of its end. */
function isAdopting(child: ChildProcess, dir: string): boolean {
  return openFiles(child.pid as number).some((path) => path.startsWith(dir) && path.endsWith("/alive"));
}
