import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether this machine has strace and lets it trace (Debian package `strace`; containers may forbid ptrace). */
export const straceWorks = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]).status === 0;

/** Why tests with injected system call faults are skipped, for the test's name. */
export const needsStrace = straceWorks ? "" : " (skipped: strace is not here or may not trace)";

/**
 * Makes one system call of a program fail, or kills the program at it: `inject("fsync", "error=EIO", 3)`. Only the main
 * thread is traced, which is where SQLite works. strace counts each system call for itself.
 */
export function inject(call: string, fault: string, when: number | string): readonly string[] {
  return ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${when}`];
}

/**
 * Runs a program to its end and returns the system calls of its main thread, a line each. The trace goes to a file: in a
 * pipe that it shares with the program, lines are lost when the program makes the pipe non-blocking.
 */
export function traceOf(calls: readonly string[], args: readonly string[]): string[] {
  const file = join(tmpdir(), `runsheet-trace-${process.pid}-${traces++}`);
  try {
    const options = ["-qq", "-y", "-xx", "-s", "70000", "-o", file, "-e", `trace=${calls.join(",")}`];
    const { status } = spawnSync("strace", [...options, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
    return readFileSync(file, "latin1").split("\n");
  } finally {
    rmSync(file, { force: true });
  }
}

let traces = 0;

export function countCalls(calls: readonly string[], args: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>(calls.map((call) => [call, 0]));
  for (const line of traceOf(calls, args)) {
    const call = /^([a-z0-9_]+)\(/.exec(line)?.[1];
    if (call !== undefined && counts.has(call)) counts.set(call, (counts.get(call) as number) + 1);
  }
  return counts;
}

/** Reproducible choices; the seed comes from RUNSHEET_SEED or the clock and is printed by whoever uses it. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seed = Number(process.env.RUNSHEET_SEED ?? Date.now() % 1_000_000);

/** `count` different elements, all of them when there are not more. */
export function sample<T>(all: readonly T[], count: number, random: () => number): T[] {
  const rest = [...all];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return chosen;
}
