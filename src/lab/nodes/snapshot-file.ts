import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { type Block, integrityHash } from "./block.ts";

/** What a snapshot file says about itself. */
export type SnapshotHead = Block & { readonly chainId: string; readonly version: number };

const magic = 0x30510550;
const fileVersion = 1;
const end = Buffer.alloc(8, 0xff);

/** The format number that nodeos reports for its snapshots and that their file names carry (`-v6-`). */
export const snapshotVersion = 6;

/**
 * Writes a snapshot: the real format's magic number and end mark around a description of the head and a body that
 * depends on it. Appears under its name only when complete.
 */
export function writeSnapshot(file: string, chainId: string, head: Block, bodyBytes = 64 * 1024): void {
  const about = Buffer.from(JSON.stringify({ ...head, chainId, version: snapshotVersion }));
  const prefix = Buffer.alloc(12);
  prefix.writeUInt32LE(magic, 0);
  prefix.writeUInt32LE(fileVersion, 4);
  prefix.writeUInt32LE(about.length, 8);
  const partial = `${file}.partial`;
  const fd = openSync(partial, "w");
  for (const part of [prefix, about, body(chainId, head, bodyBytes), end]) writeSync(fd, part);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(partial, file);
}

/** Reads a snapshot's head. Throws with the text that nodeos prints for a file that is not one, or is cut short. */
export function readSnapshot(file: string): SnapshotHead {
  const bytes = readFileSync(file);
  if (bytes.length < 20 || bytes.readUInt32LE(0) !== magic) {
    throw new Error("Binary snapshot has unexpected magic number!");
  }
  const aboutBytes = bytes.readUInt32LE(8);
  if (!bytes.subarray(-8).equals(end) || bytes.length < 20 + aboutBytes) {
    throw new Error("Snapshot is truncated: the end of the file was reached before the last section");
  }
  return JSON.parse(bytes.subarray(12, 12 + aboutBytes).toString()) as SnapshotHead;
}

function body(chainId: string, head: Block, sizeBytes: number): Buffer {
  // Half of it repeats, so that compressing a snapshot shrinks it as it does in earnest.
  const seed = Buffer.from(integrityHash(chainId, head), "hex");
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += seed.length) {
    if ((at / seed.length) % 2 === 0) seed.copy(bytes, at);
  }
  return bytes;
}
