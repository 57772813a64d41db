import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** FIFOs by the batch: Node cannot make one, and a process per FIFO would cost as much as the command itself. */
export type FifoPool = {
  /** Puts a new FIFO, 0600, at this path. @throws the error of `mkfifo` or of the file system */
  place(path: string): Promise<void>;
  /** Removes what was made and not needed. */
  close(): void;
};

/** Our own environment may hold secrets; a tool needs to be found, no more. */
const run = (program: string, args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(program, args, { env: { PATH: process.env.PATH } });
const batchSize = 32;
const refillBelow = 12;
const directoryPrefix = ".spare-";

export function createFifoPool(): FifoPool {
  const spares: string[] = [];
  let directory: string | undefined;
  let refilling: Promise<void> | undefined;
  let made = 0;
  let closed = false;

  async function place(path: string): Promise<void> {
    directory ??= makeSpareDirectory(dirname(dirname(path)));
    for (;;) {
      const spare = spares.pop();
      if (spares.length < refillBelow) beginRefill(directory);
      if (spare === undefined) {
        await refilling;
        continue;
      }
      try {
        renameSync(spare, path);
        return;
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        await run("mkfifo", ["-m", "600", "--", path]);
        return;
      }
    }
  }

  function beginRefill(into: string): void {
    if (refilling) return;
    refilling = refill(into);
    // Whoever waits for it hears of its failure; in advance nobody does.
    refilling.catch(() => {});
  }

  async function refill(into: string): Promise<void> {
    const batch = Array.from({ length: batchSize }, () => join(into, String(made++)));
    try {
      await run("mkfifo", ["-m", "600", "--", ...batch]);
      if (!closed) spares.push(...batch);
    } finally {
      refilling = undefined;
      if (closed) rmSync(into, { recursive: true, force: true });
    }
  }

  return {
    place,
    close: () => {
      closed = true;
      if (directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** On the file system of the attempts, so that a spare is moved by name. Leftovers of dead executors go. */
function makeSpareDirectory(beside: string): string {
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(beside)) {
    if (name.startsWith(directoryPrefix) && !name.startsWith(`${directoryPrefix}${process.pid}-`)) {
      rmSync(join(beside, name), { recursive: true, force: true });
    }
  }
  const directory = join(beside, `${directoryPrefix}${process.pid}-${Date.now().toString(36)}${count++}`);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

let count = 0;

/** The spare is gone or on another file system. */
function isElsewhere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EXDEV" || code === "ENOENT";
}
