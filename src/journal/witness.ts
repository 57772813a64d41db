import { hash } from "node:crypto";
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import type { Connection } from "./connection.ts";
import { lstatOrNothing } from "./run-dir.ts";

/**
 * A second place that remembers how far the journal had come. SQLite drops the damaged end of its log without a word
 * and calls the rest whole; this file then knows of events that are gone.
 *
 * It is written after each commit and never synced: after a kill it is exact, after a power loss it may be behind, and it
 * is never ahead of what was durable. So "ahead of the journal" means lost events, and nothing else does.
 */
export type Witness = { readonly seq: number; readonly head: string };

/** `undefined` when there is none or it is damaged itself: then it says nothing. */
export function readWitness(file: string): Witness | undefined {
  if (!lstatOrNothing(file)?.isFile()) return undefined;
  const match = /^(\d{12}) ([0-9a-f]{64}) ([0-9a-f]{8})\n$/.exec(readFileSync(file, "latin1"));
  if (!match) return undefined;
  const [, seq, head, sum] = match as unknown as [string, string, string, string];
  return checksum(seq, head) === sum ? { seq: Number(seq), head } : undefined;
}

/** What a journal that ends at `seq` has lost or had rewritten according to its witness, or `undefined`. */
export function witnessProblem(db: Connection, witness: Witness | undefined, seq: number): string | undefined {
  if (!witness) return undefined;
  if (witness.seq > seq) return `it ends at event ${seq}, but ${witness.seq} were recorded`;
  const head = db.prepare("SELECT hash FROM event WHERE seq = ?").pluck().get(witness.seq);
  return head === witness.head ? undefined : `event ${witness.seq} is not the one that was recorded`;
}

/** The bytes that say so, always of one length: overwriting them needs no space on a full disk. */
export function witnessBytes({ seq, head }: Witness): Buffer {
  const digits = String(seq).padStart(12, "0");
  return Buffer.from(`${digits} ${head} ${checksum(digits, head)}\n`, "latin1");
}

export type WitnessWriter = { note(witness: Witness): void; close(): void };

/** Never throws: a witness that cannot write falls behind, which is harmless. */
export function openWitness(file: string): WitnessWriter {
  let fd = openOrNothing(file);
  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    note: (witness) => {
      if (fd === undefined) return;
      try {
        writeSync(fd, witnessBytes(witness), 0, undefined, 0);
      } catch {
        close();
      }
    },
    close,
  };
}

function openOrNothing(file: string): number | undefined {
  try {
    return openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch {
    return undefined;
  }
}

function checksum(digits: string, head: string): string {
  return hash("sha256", `${digits} ${head}`).slice(0, 8);
}
