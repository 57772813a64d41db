import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { storageError } from "./sqlite-failure.ts";

/**
 * Bytes that a run keeps while it is carried out, to be given back when the disk is full: the last event ("paused: disk
 * full") then fits. Written for real, a hole in a file reserves nothing.
 */
export const RESERVE_BYTES = 128 * 1024;

/** Throws `JournalError` 74 when not even this much is free: then nothing should be started. */
export function takeReserve(file: string): void {
  giveReserve(file);
  try {
    const fd = openSync(file, "wx", 0o600);
    try {
      const block = Buffer.alloc(RESERVE_BYTES, 0x52);
      for (let at = 0; at < block.length; ) at += writeSync(fd, block, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    giveReserve(file);
    throw storageError(error, "reserve space with", file);
  }
}

/** Frees the reserve. Never throws: it is called when things are bad already. */
export function giveReserve(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Gone already, or a read-only disk, where no last event can be written either.
  }
}
