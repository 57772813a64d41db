import { type FileHandle, open } from "node:fs/promises";

export type Found =
  /** Offset of the line that holds the match. */
  { readonly kind: "found"; readonly lineOffset: number } | { readonly kind: "none" } | { readonly kind: "cancelled" };

const CHUNK_BYTES = 1024 * 1024;
/** How far back the beginning of a line is looked for. */
const MAX_LINE_BYTES = 64 * 1024;

/**
 * Searches a file in chunks, so that neither its size nor a slow disk holds the keys up. Case counts when the text has capitals
 * (outside of ASCII it always counts). `from` is a byte offset: forward finds matches that begin at or after it, backward matches
 * that begin before it.
 */
export async function findInFile(
  path: string,
  text: string,
  from: number,
  direction: "forward" | "backward",
  signal: AbortSignal,
): Promise<Found> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const at = await search(file, needleOf(text), from, direction, signal);
    if (at === "cancelled") return { kind: "cancelled" };
    return at === undefined ? { kind: "none" } : { kind: "found", lineOffset: await lineOf(file, at) };
  } catch {
    return { kind: "none" };
  } finally {
    await file?.close();
  }
}

type Needle = { readonly bytes: string; readonly fold: boolean };

function needleOf(text: string): Needle {
  const fold = text === text.toLowerCase();
  const bytes = Buffer.from(text).toString("latin1");
  return { bytes: fold ? foldCase(bytes) : bytes, fold };
}

/** Only ASCII letters: bytes stay where they are. */
function foldCase(latin1: string): string {
  return latin1.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

async function search(
  file: FileHandle,
  needle: Needle,
  from: number,
  direction: "forward" | "backward",
  signal: AbortSignal,
): Promise<number | undefined | "cancelled"> {
  const { size } = await file.stat();
  const overlap = needle.bytes.length - 1;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + overlap);
  const forward = direction === "forward";
  for (let at = forward ? from : Math.min(size, from); forward ? at < size : at > 0; ) {
    if (signal.aborted) return "cancelled";
    const begin = forward ? at : Math.max(0, at - CHUNK_BYTES);
    const length = Math.min(size, (forward ? at + CHUNK_BYTES : at) + overlap) - begin;
    const { bytesRead } = await file.read(buffer, 0, length, begin);
    const raw = buffer.toString("latin1", 0, bytesRead);
    const chunk = needle.fold ? foldCase(raw) : raw;
    const hit = forward ? chunk.indexOf(needle.bytes) : chunk.lastIndexOf(needle.bytes, at - begin - 1);
    if (hit >= 0) return begin + hit;
    at = forward ? at + CHUNK_BYTES : begin;
  }
  return undefined;
}

async function lineOf(file: FileHandle, at: number): Promise<number> {
  const begin = Math.max(0, at - MAX_LINE_BYTES);
  const buffer = Buffer.allocUnsafe(at - begin);
  const { bytesRead } = await file.read(buffer, 0, at - begin, begin);
  return begin + buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
}
