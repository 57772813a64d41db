import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
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
const MAX_DEPTH = 100;

/**
 * All regular files below a directory, in the order in which S3 lists their names (UTF-8 bytes of the whole path).
 * Symbolic links are followed, as `aws s3 cp` does. Holds one directory per level in memory.
 */
export async function* localFiles(
  directory: string,
  log: (line: string) => void,
  above = "",
  depth = 0,
): AsyncGenerator<LocalFile> {
  if (depth > MAX_DEPTH) {
    throw failAll(
      "file-too-deep",
      `${directory} is more than ${MAX_DEPTH} directories deep: a link that leads in a circle?`,
    );
  }
  const entries: { name: string; info: Stats }[] = [];
  for (const name of await readdir(directory)) {
    if (name.endsWith(PART_SUFFIX)) continue;
    entries.push({ name, info: await stat(join(directory, name)) });
  }
  // A directory sorts with its slash: "a.txt" comes before "a/b".
  const sortKey = ({ name, info }: (typeof entries)[number]) => (info.isDirectory() ? `${name}/` : name);
  entries.sort((a, b) => compareUtf8(sortKey(a), sortKey(b)));
  for (const { name, info } of entries) {
    const path = join(directory, name);
    if (info.isDirectory()) yield* localFiles(path, log, `${above}${name}/`, depth + 1);
    else if (info.isFile()) yield toLocalFile(path, above + name, info);
    else log(`${path} is neither file nor directory: left out`);
  }
}

export function toLocalFile(path: string, name: string, info: Stats): LocalFile {
  return { path, name, sizeBytes: info.size, modifiedMs: info.mtimeMs, inode: info.ino };
}

/** The file is still what it was when it was found. */
export async function unchanged(file: LocalFile): Promise<boolean> {
  const now = await stat(file.path);
  return now.size === file.sizeBytes && now.mtimeMs === file.modifiedMs && now.ino === file.inode;
}
