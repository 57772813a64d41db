import { type FileHandle, open } from "node:fs/promises";
import { publishFile } from "../../../lib/atomic-file.ts";
import { withRetries } from "../retry.ts";
import type { DownloadOptions, Remote } from "./download-era.ts";
import { fetchWhole } from "./fetch-whole.ts";
import { type PartRecord, readPartRecord, removePartRecord, writePartRecord } from "./part-record.ts";
import { bytesOf, cutParts, type Part, type Segment } from "./parts.ts";
import { openPart, tooLong, truncated } from "./remote.ts";

type Sized = Remote & { readonly sizeBytes: number };

/** The server answered a request for a part with the whole file. */
class NoParts extends Error {}

/**
 * Fetches the parts that `<path>.part` does not have yet, several at once, and gives the file its final name when all are
 * there and synced. Returns the bytes fetched. A part counts as there only after its bytes were synced.
 */
export async function fetchParts(
  path: string,
  remote: Sized,
  segments: readonly Segment[],
  partBytes: number,
  options: DownloadOptions,
): Promise<number> {
  const recordPath = `${path}.part.json`;
  // A file without an ETag may have changed in between without anybody being able to tell: it is begun anew.
  const wanted = {
    format: 1 as const,
    location: remote.file.location,
    etag: remote.etag ?? "",
    sizeBytes: remote.sizeBytes,
    partBytes,
    segments: [...segments],
  };
  const record = remote.etag === undefined ? undefined : await readPartRecord(recordPath, wanted);
  const file = await open(`${path}.part`, record === undefined ? "w" : "r+").catch(() => open(`${path}.part`, "w"));
  try {
    const progress = new PartProgress(file, recordPath, { ...wanted, done: record?.done ?? [] }, options);
    const parts = cutParts(segments, partBytes);
    const missing = parts.filter((part) => !progress.has(part));
    progress.start(parts, bytesOf(segments));
    await fetchAll(file, remote, missing, progress, options);
    await file.truncate(bytesOf(segments));
    await file.sync();
    await file.close();
    await publishFile(`${path}.part`, path);
    await removePartRecord(recordPath);
    return bytesOf(missing);
  } catch (error) {
    await file.close().catch(() => {});
    if (!(error instanceof NoParts)) throw error;
    options.log?.(`${remote.file.location}: the server sends no parts, the file is fetched in one piece`);
    await removePartRecord(recordPath);
    return fetchWhole(path, remote, options);
  }
}

async function fetchAll(
  file: FileHandle,
  remote: Sized,
  missing: readonly Part[],
  progress: PartProgress,
  options: DownloadOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const fetchOne = (part: Part) =>
    withRetries(
      options.retries,
      async (attempt) => {
        if (attempt > 1) progress.restart(part);
        await options.gate.run(() => fetchPart(file, remote, part, progress, signal));
      },
      { signal, onRetry: (failed) => options.log?.(`${failed.message}; trying again`) },
    );
  const results = await Promise.allSettled(
    missing.map((part) =>
      fetchOne(part).catch((error) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  if (results.some((result) => result.status === "rejected"))
    throw options.signal?.aborted ? options.signal.reason : stop.signal.reason;
}

async function fetchPart(file: FileHandle, remote: Sized, part: Part, progress: PartProgress, signal: AbortSignal) {
  const opened = await openPart(remote, part, signal);
  if (!opened.partial && !(part.start === 0 && part.end === remote.sizeBytes)) {
    await opened.cancel();
    throw new NoParts();
  }
  const wanted = part.end - part.start;
  let got = 0;
  for await (const piece of opened.body) {
    if (got + piece.length > wanted) throw tooLong(remote, wanted);
    await writeAt(file, piece, part.at + got);
    got += piece.length;
    progress.add(part, piece.length);
  }
  if (got < wanted) throw truncated(remote, got, wanted);
  await progress.finish(part);
}

async function writeAt(file: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
  }
}

/** Owns `<path>.part.json`; writes are one after the other, each after a sync of the data it speaks of. */
class PartProgress {
  readonly #file: FileHandle;
  readonly #recordPath: string;
  readonly #options: DownloadOptions;
  readonly #bytes = new Map<number, number>();
  #record: PartRecord;
  #total = 0;
  #before = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, recordPath: string, record: PartRecord, options: DownloadOptions) {
    this.#file = file;
    this.#recordPath = recordPath;
    this.#record = record;
    this.#options = options;
  }

  has(part: Part): boolean {
    return this.#record.done.includes(part.index);
  }

  start(parts: readonly Part[], total: number): void {
    this.#total = total;
    this.#before = bytesOf(parts.filter((part) => this.has(part)));
    this.#tell();
  }

  add(part: Part, bytes: number): void {
    this.#bytes.set(part.index, (this.#bytes.get(part.index) ?? 0) + bytes);
    this.#tell();
  }

  restart(part: Part): void {
    this.#bytes.delete(part.index);
    this.#tell();
  }

  finish(part: Part): Promise<void> {
    const write = this.#writing.then(async () => {
      this.#record = { ...this.#record, done: [...this.#record.done, part.index] };
      if (this.#record.etag === "") return;
      await this.#file.datasync();
      await writePartRecord(this.#recordPath, this.#record);
    });
    this.#writing = write.catch(() => {});
    return write;
  }

  #tell(): void {
    const now = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#options.onProgress?.(this.#before + now, this.#total);
  }
}
