import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { AttemptRequest, GatedAttempt, RunningAttempt } from "../../src/domain/ports.ts";
import { createProcesses, type LocalProcesses, type ProcessOptions } from "../../src/process/index.ts";

/** What a test starts; whatever of it is left at the end of the test is ended, and the files go. */
export type Rig = {
  readonly dir: string;
  readonly processes: LocalProcesses;
  prepare(line: Line, more?: Partial<AttemptRequest>): Promise<Prepared>;
  start(line: Line, more?: Partial<AttemptRequest>): Promise<Started>;
};

/** A shell line or an argument list. */
export type Line = string | readonly string[];
export type Prepared = { readonly gated: GatedAttempt; readonly dir: string; readonly attemptId: string };
export type Started = Omit<Prepared, "gated"> & { readonly running: RunningAttempt; readonly gated: GatedAttempt };

/** @param shell a shell that is to serve as `sh` */
export function createRig(options: ProcessOptions = {}, shell = "/bin/sh"): Rig {
  const dir = mkdtempSync(join(tmpdir(), "runsheet-process-"));
  // Shells behave as `sh` when they are called so.
  const sh = join(dir, "sh");
  symlinkSync(shell, sh);
  const processes = createProcesses({ lingerMs: 50, shell: sh, ...options });
  const started: RunningAttempt[] = [];
  onTestFinished(async () => {
    await Promise.all(started.map((running) => running.stop(0)));
    processes.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function prepare(line: Line, more: Partial<AttemptRequest> = {}): Promise<Prepared> {
    const request = attemptRequest(dir, line, more);
    const prepared = await processes.prepare(request);
    if (prepared.kind === "failed") throw new Error(`${prepared.failure.message} (${prepared.failure.cause})`);
    return { gated: prepared.attempt, dir: request.dir, attemptId: request.attemptId };
  }

  return {
    dir,
    processes,
    prepare,
    start: async (line, more) => {
      const prepared = await prepare(line, more);
      const running = prepared.gated.release();
      started.push(running);
      return { ...prepared, running };
    },
  };
}

let attempts = 0;

export function attemptRequest(dir: string, line: Line, more: Partial<AttemptRequest> = {}): AttemptRequest {
  const argv = typeof line === "string" ? ["/bin/sh", "-c", line] : line;
  return {
    command: { argv, shown: argv.join(" "), secretEnv: {} },
    cwd: dir,
    env: {},
    dir: join(dir, "attempts", `step.${++attempts}`),
    attemptId: randomUUID(),
    secrets: [],
    dieWithExecutor: false,
    ...more,
  };
}

/** Waits for something that another process does. Fails loudly when it does not happen. */
export async function until<T>(what: string, look: () => T | undefined | false, withinMs = 20_000): Promise<T> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    const found = look();
    if (found) return found;
    await delay(5);
  }
  throw new Error(`did not happen within ${withinMs} ms: ${what}`);
}

/** The number that a command wrote into a file of the rig, once it is there. */
export function pidIn(path: string): Promise<number> {
  return until(
    `a process id in ${path}`,
    () => existsSync(path) && Number(/^(\d+)\n/.exec(readFileSync(path, "utf8"))?.[1]),
  );
}

/** Zombies wait for nobody here: they count as gone. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

/** Living processes with this text in their environment. */
export function processesMarked(text: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isRunning(pid) && environment(pid).includes(text));
}

/** Living processes that have something below this directory open. */
export function processesWithFilesIn(dir: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && openFiles(pid).some((path) => path.startsWith(`${dir}/`)));
}

/** Paths of what a process has open. */
export function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`);
      } catch {
        return "";
      }
    });
  } catch {
    return [];
  }
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
