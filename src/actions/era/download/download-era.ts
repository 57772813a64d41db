import { mkdir, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ERA_TAIL_BYTES, planStateSkip } from "../decode/index.ts";
import { fail } from "../failed.ts";
import type { RetryPolicy } from "../retry.ts";
import type { EraFile, EraSource } from "../source/source.ts";
import { fetchParts } from "./fetch-parts.ts";
import { fetchWhole } from "./fetch-whole.ts";
import { withFileLock } from "./file-lock.ts";
import type { Gate } from "./gate.ts";
import { bytesOf, type Segment } from "./parts.ts";
import { readTail } from "./remote.ts";

export type DownloadOptions = {
  readonly directory: string;
  /** Leave out the state, a fifth to a third of the file, at the cost of the checks that need it. */
  readonly skipState: boolean;
  readonly retries: RetryPolicy;
  /** Shared by all downloads of a process: no more requests than this at once. */
  readonly gate: Gate;
  readonly partBytes?: number;
  readonly signal?: AbortSignal | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
};

export type LocalEra = {
  readonly path: string;
  /** Size of the local file. */
  readonly sizeBytes: number;
  /** What came over the network; less than the size after a resumed download, 0 for a file that was there. */
  readonly fetchedBytes: number;
  /** `source`: read in place, never to be deleted by us. `download`: ours. */
  readonly owner: "source" | "download";
  readonly stateSkipped: boolean;
};

/** What every way of fetching needs to know about the remote file. */
export type Remote = {
  readonly source: EraSource;
  readonly file: EraFile;
  readonly sizeBytes: number | undefined;
  readonly etag: string | undefined;
};

const PART_BYTES = 16 * 1024 * 1024;
/** Left free for everybody else on the same disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * Brings an era file to this machine, or names it where it is local already. The final name appears only on a complete,
 * synced file of the announced length; until then it is `<name>.part`, from which the next call goes on when the remote
 * file is still the same (size and ETag). Throws `Failed`, or the file system's error.
 */
export async function downloadEra(source: EraSource, file: EraFile, options: DownloadOptions): Promise<LocalEra> {
  if (source.open === undefined) {
    const { size } = await stat(file.location);
    return { path: file.location, sizeBytes: size, fetchedBytes: 0, owner: "source", stateSkipped: false };
  }
  await mkdir(options.directory, { recursive: true });
  const path = join(options.directory, options.skipState ? file.name.replace(/\.era$/, ".blocks.era") : file.name);
  return withFileLock(path, options.signal, async () => {
    const remote = await describe(source, file, options);
    const present = await stat(path).catch(() => undefined);
    if (
      present !== undefined &&
      (options.skipState || present.size === remote.sizeBytes || remote.sizeBytes === undefined)
    ) {
      return { path, sizeBytes: present.size, fetchedBytes: 0, owner: "download", stateSkipped: options.skipState };
    }
    if (present !== undefined) {
      options.log?.(`${file.name} has ${present.size} bytes here and ${remote.sizeBytes} at the source: fetched again`);
      await rm(path);
    }
    return fetchTo(path, remote, options);
  });
}

async function describe(source: EraSource, file: EraFile, { signal }: DownloadOptions): Promise<Remote> {
  const listed = { source, file, sizeBytes: file.sizeBytes, etag: file.etag };
  if (file.sizeBytes !== undefined && file.etag !== undefined) return listed;
  const { sizeBytes, etag } = await source.head!(file, signal);
  return { source, file, sizeBytes: sizeBytes ?? file.sizeBytes, etag: etag ?? file.etag };
}

async function fetchTo(path: string, remote: Remote, options: DownloadOptions): Promise<LocalEra> {
  const { sizeBytes } = remote;
  if (sizeBytes === undefined) {
    const fetched = await fetchWhole(path, remote, options);
    return { path, sizeBytes: fetched, fetchedBytes: fetched, owner: "download", stateSkipped: false };
  }
  const segments = await chooseSegments(remote, sizeBytes, options);
  const wanted = bytesOf(segments);
  await demandSpace(path, wanted);
  const fetched = await fetchParts(path, { ...remote, sizeBytes }, segments, options.partBytes ?? PART_BYTES, options);
  const local = { path, sizeBytes: wanted, fetchedBytes: fetched, owner: "download" } as const;
  return { ...local, stateSkipped: wanted < sizeBytes };
}

/** Without the state the file is its blocks and the two indices behind them. */
async function chooseSegments(remote: Remote, sizeBytes: number, options: DownloadOptions): Promise<Segment[]> {
  const whole = [{ start: 0, end: sizeBytes }];
  if (!options.skipState || sizeBytes <= ERA_TAIL_BYTES) return whole;
  const tail = await readTail(remote, { start: sizeBytes - ERA_TAIL_BYTES, end: sizeBytes }, options);
  const skip = tail === undefined ? undefined : planStateSkip(tail, sizeBytes);
  if (skip === undefined) return whole;
  return [
    { start: 0, end: skip.blocksEnd },
    { start: skip.indexStart, end: sizeBytes },
  ];
}

async function demandSpace(path: string, wanted: number): Promise<void> {
  const present = await stat(`${path}.part`).catch(() => undefined);
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  const missing = wanted - (present === undefined ? 0 : present.blocks * 512) + RESERVE_BYTES - free;
  if (missing <= 0) return;
  const message = `${dirname(path)} has ${mib(free)} free, ${mib(wanted)} are to be downloaded`;
  const hint = "free some space, or download elsewhere (ERA_DOWNLOAD_DIR); the same command goes on from here";
  throw fail("disk-full", message, { hint, retryable: false });
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
