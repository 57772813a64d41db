import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { blankRecord } from "./exit-record.ts";

/** The files of one attempt. */
export type AttemptPaths = {
  readonly dir: string;
  /** FIFO, held open by every process of the attempt: see `liveness.ts`. */
  readonly alive: string;
  readonly out: string;
  readonly err: string;
  /** What the wrapper wrote about its gate and its command: see `exit-record.ts`. */
  readonly exit: string;
  /** Only where output is masked: whether all of it was written. */
  readonly redaction: string;
};

export type OutputStream = "out" | "err";

export function attemptPaths(dir: string): AttemptPaths {
  return {
    dir,
    alive: join(dir, "alive"),
    out: join(dir, "out"),
    err: join(dir, "err"),
    exit: join(dir, "exit"),
    redaction: join(dir, "redaction"),
  };
}

/** File descriptors for the wrapper. The caller closes them. */
export type AttemptFiles = { readonly out: number; readonly err: number; readonly exit: number };

/** Makes directory and files, 0700 and 0600 whatever the umask allows; the umask itself is the command's business. */
export function createAttemptDir(paths: AttemptPaths): void {
  rmSync(paths.dir, { recursive: true, force: true });
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
}

/** @throws the file system's error, with nothing left open */
export function openAttemptFiles(paths: AttemptPaths): AttemptFiles {
  const opened: number[] = [];
  try {
    // Append: after the executor has cut a file, and when a command opens /dev/stdout again, writing goes on at the end.
    const out = openSync(paths.out, "ax", 0o600);
    opened.push(out);
    const err = openSync(paths.err, "ax", 0o600);
    opened.push(err);
    const exit = openSync(paths.exit, "wx", 0o600);
    opened.push(exit);
    // At position 0 without moving the shared offset: the wrapper overwrites, so a full disk cannot swallow its record.
    writeSync(exit, blankRecord, 0, blankRecord.length, 0);
    return { out, err, exit };
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor);
    throw error;
  }
}

export function closeAll(descriptors: Iterable<number>): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}
