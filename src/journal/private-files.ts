import { chmodSync, closeSync, existsSync, fchmodSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a directory of mode 0700 whatever the umask is, which is left alone: the operator's commands inherit it. */
export function makePrivateDirectory(dir: string): void {
  mkdirSync(dir, { mode: 0o700 });
  chmodSync(dir, 0o700);
}

/** Makes what is missing of a path, as private directories. */
export function makePrivatePath(path: string): void {
  if (existsSync(path)) return;
  makePrivatePath(dirname(path));
  try {
    makePrivateDirectory(path);
  } catch (error) {
    // Another process makes the same path.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Writes a new file of mode 0600, durably. Throws `EEXIST` when there is one. */
export function writePrivateFile(file: string, bytes: Uint8Array): void {
  const fd = openSync(file, "wx", 0o600);
  try {
    fchmodSync(fd, 0o600);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes new and renamed entries survive a power loss. */
export function syncDirectory(dir: string): void {
  syncFile(dir);
}

/** Never for a database: closing the descriptor would drop the locks that this process has on it. */
export function syncFile(file: string): void {
  const fd = openSync(file, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
