import { basename } from "node:path";
import type { Event } from "../../domain/event.ts";
import { attemptIdIn, attemptNames, certainlyNotBegun, withoutRelease } from "../attempts-on-disk.ts";
import { openReader } from "../connection.ts";
import type { RunPaths } from "../run-dir.ts";
import { readRunRow } from "../run-row.ts";
import { readWitness } from "../witness.ts";
import { type LostAttempt, lostAttempt } from "./adoption.ts";
import { soundRows } from "./rebuild.ts";

/** What is left of a journal. */
export type Assessment = {
  /** The last event of the part of the chain that holds. */
  readonly soundSeq: number;
  /** How many events there once were, as far as anybody knows. */
  readonly knownSeq: number;
  /** Attempts that may have run and that this part does not know. */
  readonly lost: readonly LostAttempt[];
  /** Directories of such attempts whose address cannot be told. */
  readonly nameless: readonly string[];
};

/** Throws `JournalError` when nothing of it can be read. */
export function assess(paths: RunPaths): Assessment {
  const names = attemptNames(paths);
  const db = openReader(paths.journal);
  try {
    const released = new Set<string>();
    let soundSeq = 0;
    for (const { row } of soundRows(db, paths.journal)) {
      soundSeq = row.seq;
      const event = JSON.parse(row.body) as Event;
      if (event.type === "attempt-released") released.add(basename(event.dir));
    }
    const knownSeq = Math.max(soundSeq, readWitness(paths.witness)?.seq ?? 0, rowSeq(db));
    const candidates = withoutRelease(paths, names, released).filter(
      ({ dir, traces }) => traces.kind !== "none" || (knownSeq > soundSeq && !certainlyNotBegun(dir)),
    );
    const found = candidates.map((unknown) => lostAttempt(unknown, attemptIdIn(unknown.dir)));
    return {
      soundSeq,
      knownSeq,
      lost: found.filter((attempt) => attempt !== undefined),
      nameless: candidates.filter((_, index) => found[index] === undefined).map(({ dir }) => dir),
    };
  } finally {
    db.close();
  }
}

function rowSeq(db: ReturnType<typeof openReader>): number {
  try {
    return readRunRow(db).seq;
  } catch {
    return 0;
  }
}
