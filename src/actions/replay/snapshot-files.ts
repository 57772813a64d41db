import { readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "../../lib/atomic-file.ts";
import { snapshotHeight } from "./snapshot-name.ts";

/** A snapshot that lies in a directory. */
export type SnapshotFile = {
  readonly path: string;
  readonly height: bigint;
  /** `raw`: as the node names it, by block id. `named`: under its final name. `packed`: compressed. */
  readonly stage: "raw" | "named" | "packed";
};

/** All finished snapshots of a directory; a directory that does not exist has none. */
export async function findSnapshots(directory: string): Promise<SnapshotFile[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.flatMap((name) => {
    const found = recognise(name);
    return found === undefined ? [] : [{ ...found, path: join(directory, name) }];
  });
}

/** Gives a file another name in the same directory, durably. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
}

function recognise(name: string): Omit<SnapshotFile, "path"> | undefined {
  // nodeos writes `snapshot-<block id>.bin`; the first eight digits of a block id are the block's number.
  const raw = /^snapshot-([0-9a-f]{8})[0-9a-f]{56}\.bin$/.exec(name);
  if (raw !== null) return { stage: "raw", height: BigInt(`0x${raw[1]}`) };
  const height = /^snapshot-.+-v\d+-\d+\.bin(\.zst)?$/.test(name) ? snapshotHeight(name) : undefined;
  if (height === undefined) return undefined;
  return { stage: name.endsWith(".zst") ? "packed" : "named", height };
}
