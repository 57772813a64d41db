import { type FileHandle, open, stat } from "node:fs/promises";
import { pause } from "../../lib/pause.ts";
import { type Line, LineSplitter } from "../line-splitter.ts";

/** Where reading goes on: the file by its identity, and the bytes of it that are done with. */
export type Position = { readonly dev: number; readonly ino: number; readonly offset: number };

export type FollowOptions = {
  readonly from: "start" | "end" | Position;
  readonly everyMs: number;
  readonly maxLineBytes: number;
  readonly signal: AbortSignal;
};

/** A line, or a look at the file that found nothing new (so that the caller can watch its clock). */
export type Followed =
  | { readonly kind: "line"; readonly line: string; readonly position: Position }
  | { readonly kind: "idle"; readonly exists: boolean };

const CHUNK_BYTES = 64 * 1024;

/**
 * Follows a file as `tail -F` does: waits for a file that is not there yet, goes on in the new file after a rotation
 * (when the old one is read to its end) and from the start after a truncation. A position of a file that has been
 * replaced since means the start of the new one. Ends when the signal is aborted.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Followed> {
  let from = options.from;
  while (!options.signal.aborted) {
    const file = await openIfThere(path);
    if (file === undefined) {
      // What appears later is new as a whole.
      if (from === "end") from = "start";
      yield { kind: "idle", exists: false };
      await pause(options.everyMs, options.signal);
      continue;
    }
    try {
      yield* followOpened(file, path, from, options);
    } finally {
      await file.close();
    }
    from = "start";
  }
}

/** Returns when the name stands for another file, or the file got shorter. */
async function* followOpened(
  file: FileHandle,
  path: string,
  from: FollowOptions["from"],
  options: FollowOptions,
): AsyncGenerator<Followed> {
  const { dev, ino, size } = await file.stat();
  let offset = startOf(from, { dev, ino, size });
  const splitter = new LineSplitter(options.maxLineBytes, offset);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let replaced = false;
  while (!options.signal.aborted) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
    offset += bytesRead;
    for (const line of splitter.push(buffer.subarray(0, bytesRead))) yield asFollowed(line, dev, ino);
    if (bytesRead > 0) continue;
    // Only a read after the rename was seen is sure to have found the old file's last bytes.
    if (replaced) {
      for (const line of splitter.end()) yield asFollowed(line, dev, ino);
      return;
    }
    if ((await file.stat()).size < offset) return;
    replaced = await isReplaced(path, dev, ino);
    if (replaced) continue;
    yield { kind: "idle", exists: true };
    await pause(options.everyMs, options.signal);
  }
}

function startOf(from: FollowOptions["from"], now: { dev: number; ino: number; size: number }): number {
  if (from === "start") return 0;
  if (from === "end") return now.size;
  return from.dev === now.dev && from.ino === now.ino && from.offset <= now.size ? from.offset : 0;
}

function asFollowed(line: Line, dev: number, ino: number): Followed {
  return { kind: "line", line: line.text, position: { dev, ino, offset: line.end } };
}

async function isReplaced(path: string, dev: number, ino: number): Promise<boolean> {
  try {
    const now = await stat(path);
    return now.dev !== dev || now.ino !== ino;
  } catch (error) {
    // Between the rename of the old file and the creation of the new one there is none.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
