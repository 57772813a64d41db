import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A finished block log of one stride with its index, as nodeos puts them aside. */
export type BlockLogPair = {
  readonly first: bigint;
  readonly last: bigint;
  readonly log: string;
  /** Undefined: not there (yet). */
  readonly index: string | undefined;
};

/** The `blocks-FIRST-LAST.log` files of a directory with their `.index`, in block order. */
export async function findBlockLogs(directory: string): Promise<BlockLogPair[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const all = new Set(names);
  const pairs = names.flatMap((name) => {
    const match = /^blocks-(\d+)-(\d+)\.log$/.exec(name);
    if (match === null) return [];
    const index = name.replace(/\.log$/, ".index");
    const [first, last] = [BigInt(match[1]!), BigInt(match[2]!)];
    return [{ first, last, log: join(directory, name), index: all.has(index) ? join(directory, index) : undefined }];
  });
  return pairs.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
}

/** Size and time of a file: another file under its name has others. */
export async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${size}:${mtimeMs}`;
}

/** The last block of the last whole stride at or before `terminateAt`; 0 when there is none. */
export function lastWholeStride(terminateAt: bigint, stride: bigint): bigint {
  return (terminateAt / stride) * stride;
}

/** Blocks that lie between two neighbouring logs and are in neither, in words. */
export function gapsBetween(pairs: readonly Pick<BlockLogPair, "first" | "last">[]): string[] {
  return pairs.slice(1).flatMap((pair, position) => {
    const before = pairs[position]!;
    return pair.first > before.last + 1n
      ? [`blocks ${before.last + 1n} to ${pair.first - 1n} are in no block log`]
      : [];
  });
}
