import { mkdir, statfs } from "node:fs/promises";
import type { ClickHouse } from "./clickhouse/clickhouse.ts";
import { fail } from "./failed.ts";

/** The oldest long-term release that has all we use; newer than 26 is what our tests run on. */
const OLDEST = [23, 8] as const;

/** The server's version. @throws Failed `clickhouse-version` when it is too old */
export async function demandVersion(clickhouse: ClickHouse): Promise<string> {
  const [row] = await clickhouse.rows<{ version: string }>("SELECT version() AS version");
  const version = row?.version ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return version;
  const hint = `use ClickHouse ${OLDEST.join(".")} or newer`;
  throw fail("clickhouse-version", `ClickHouse ${clickhouse.shown} has version ${version}`, { hint, retryable: false });
}

export type DiskSpace = { readonly directory: string; readonly freeBytes: number; readonly wantedBytes: number };

/** Free space where something will be written; makes the directory. @throws Failed `disk-full` */
export async function demandSpace(directory: string, wantedBytes: number, remedy: string): Promise<DiskSpace> {
  await mkdir(directory, { recursive: true });
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes >= wantedBytes) return { directory, freeBytes, wantedBytes };
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const message = `${directory} has ${gb(freeBytes)} free, ${gb(wantedBytes)} are needed`;
  throw fail("disk-full", message, { hint: remedy, retryable: false });
}

/**
 * Room on the disk for what is to be done: downloads that are there at once, and tables at about the size of the files
 * (measured: 0.65 to 1.4 times, by how much of the transactions is kept).
 */
export function wantedSpace(fileBytes: readonly number[], filesAtOnce: number): { downloads: number; tables: number } {
  const largest = fileBytes.toSorted((a, b) => b - a).slice(0, filesAtOnce);
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return { downloads: sum(largest), tables: Math.round(1.4 * sum(fileBytes)) };
}
