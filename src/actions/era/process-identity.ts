import { readFileSync } from "node:fs";

/**
 * When a process was started, in clock ticks since the machine was; undefined when there is no such process, or the
 * system has no /proc. Pids are used again, a pid with its start is not.
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 22; the command's name before it may hold anything, so fields count from its last bracket.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote down `pid` and `start` (empty: unknown) still lives. */
export function isSameProcess(pid: number, start: string): boolean {
  return start === "" ? isAlive(pid) : processStart(pid) === start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
