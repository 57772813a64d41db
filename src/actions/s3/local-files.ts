import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { compareUtf8 } from "../../lib/compare-utf8.ts";
import { failAll } from "./failed.ts";

/** A file to be uploaded; `name` is its path below the directory, with slashes. */
export type LocalFile = {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly inode: number;
};

/** Unfinished downloads of ours; they are nobody's files yet. */
export const PART_SUFFIX = ".runsheet-part";

/**
 * All regular files below a directory, in the order in which S3 lists their names (UTF-8 bytes of the whole path).
 * Symbolic links are followed, as `aws s3 cp` does; one that leads nowhere or in a circle is a failure. Holds the names
 * of one directory per level in memory.
 */
export async function* localFiles(
  directory: string,
  log: (line: string) => void,
  above = "",
  ancestors: readonly string[] = [],
): AsyncGenerator<LocalFile> {
  const here = await stat(directory);
  const identity = `${here.dev}:${here.ino}`;
  if (ancestors.includes(identity)) {
    throw failAll("file-link-circle", `${directory} leads back to a directory above it`, {
      hint: "remove the symbolic link, then resume the run",
    });
  }
  for (const { name, info } of await sortedEntries(directory)) {
    const path = join(directory, name);
    if (info.isDirectory()) yield* localFiles(path, log, `${above}${name}/`, [...ancestors, identity]);
    else if (info.isFile()) yield toLocalFile(path, above + name, info);
    else log(`${path} is neither file nor directory: left out`);
  }
}

async function sortedEntries(directory: string): Promise<readonly { name: string; info: Stats }[]> {
  const entries: { name: string; info: Stats }[] = [];
  for (const name of await readdir(directory)) {
    if (name.endsWith(PART_SUFFIX)) continue;
    const path = join(directory, name);
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    });
    if (info) entries.push({ name, info });
    else if (await isThere(path)) {
      throw failAll("file-dangling-link", `${path} is a symbolic link to nothing`, {
        hint: "remove the link or bring back its file, then resume the run",
      });
    }
    // Else the file was removed a moment ago, and there is nothing to upload.
  }
  // A directory sorts with its slash: "a.txt" comes before "a/b".
  const sortKey = ({ name, info }: (typeof entries)[number]) => (info.isDirectory() ? `${name}/` : name);
  return entries.sort((a, b) => compareUtf8(sortKey(a), sortKey(b)));
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

export function toLocalFile(path: string, name: string, info: Stats): LocalFile {
  return { path, name, sizeBytes: info.size, modifiedMs: info.mtimeMs, inode: info.ino };
}

/** The file is still what it was when it was found. */
export async function unchanged(file: LocalFile): Promise<boolean> {
  const now = await stat(file.path);
  return now.size === file.sizeBytes && now.mtimeMs === file.modifiedMs && now.ino === file.inode;
}
