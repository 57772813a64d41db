import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What a file is to hold: a whole text, whole bytes, or chunks that are written as they come. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/**
 * Writes a file so that its name never shows half of it: temporary name in the same directory, fsync, rename, fsync of
 * the directory. Creates missing directories. On an error or a crash the old file is untouched; a temporary file that a
 * crash left behind is removed by the next write of the same name.
 *
 * @param mode permission bits of a new file, before the umask (default 0o666)
 * @throws the file system's error (ENOSPC, EACCES, ...) or what `content` throws
 */
export async function writeFileAtomically(path: string, content: FileContent, mode = 0o666): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeStale(path);
  const temporary = join(dirname(path), `${prefixOf(path)}${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await writeAll(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await publishFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Gives a finished and synced file its final name, durably. Both names are on one file system. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes renames and new names in a directory survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(file: FileHandle, content: FileContent): Promise<void> {
  if (typeof content === "string" || content instanceof Uint8Array) return file.writeFile(content);
  for await (const chunk of content) await file.writeFile(chunk);
}

async function removeStale(path: string): Promise<void> {
  const prefix = prefixOf(path);
  for (const name of await readdir(dirname(path))) {
    const pid = name.startsWith(prefix) ? /^(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(path), name), { force: true });
  }
}

function prefixOf(path: string): string {
  return `.${basename(path)}.`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
