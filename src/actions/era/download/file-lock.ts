import { open, readFile, rm } from "node:fs/promises";
import { isSameProcess, processStart } from "../process-identity.ts";
import { pause } from "../retry.ts";

const POLL_MS = 200;

/**
 * Runs `work` while no other process of this machine works on `path`. The lock is a file with the owner's pid and start; the lock
 * of a process that died is taken over. Waits as long as the owner lives.
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const lockPath = `${path}.lock`;
  while (!(await tryLock(lockPath))) {
    if (await isStale(lockPath)) await rm(lockPath, { force: true });
    else await pause(POLL_MS, signal);
  }
  try {
    return await work();
  } finally {
    held.delete(lockPath);
    await rm(lockPath, { force: true });
  }
}

/** Locks of this very process: a second download in it waits although the pid lives. */
const held = new Set<string>();

async function tryLock(lockPath: string): Promise<boolean> {
  if (held.has(lockPath)) return false;
  try {
    const file = await open(lockPath, "wx");
    held.add(lockPath);
    await file.writeFile(`${process.pid} ${processStart(process.pid) ?? ""}`);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(lockPath: string): Promise<boolean> {
  if (held.has(lockPath)) return false;
  const text = await readFile(lockPath, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  // The owner is written right after the file is made; an empty file is young, or its writer died in between.
  if (text === "") {
    await pause(POLL_MS, undefined);
    return (await readFile(lockPath, "utf8").catch(() => "gone")) === "";
  }
  const [pid, start = ""] = text.split(" ");
  return Number(pid) === process.pid || !isSameProcess(Number(pid), start);
}
