import { renameSync, rmSync } from "node:fs";
import type { Event } from "../../domain/event.ts";
import { failure } from "../../domain/failure.ts";
import { buildDatabase, type Connection, openReader } from "../connection.ts";
import { type ChainedRow, chainedRows } from "../event-rows.ts";
import { createTables, readMeta } from "../format.ts";
import type { OwnerFacts } from "../owner.ts";
import { syncDirectory, writePrivateFile } from "../private-files.ts";
import { Projection } from "../projection.ts";
import { draft, Recorder } from "../recorder.ts";
import type { RunPaths } from "../run-dir.ts";
import { readRunRow } from "../run-row.ts";
import { witnessBytes } from "../witness.ts";
import { adoptionEvents, type LostAttempt, type OpenAttempt } from "./adoption.ts";

/**
 * Makes a journal anew from the part of its chain that holds, as its events were, byte for byte; the rows follow from
 * them. When events were lost, attempts that ran without a release come back in doubt and the run is paused, with the
 * repair on record. The caller holds the lock and has copied the run.
 */
export function rebuildJournal(paths: RunPaths, repairer: OwnerFacts, lost: readonly LostAttempt[] | undefined): void {
  const building = `${paths.journal}.new`;
  rmSync(building, { force: true });
  writePrivateFile(building, new Uint8Array());
  const damaged = openReader(paths.journal);
  let witness: Buffer | undefined;
  try {
    buildDatabase(building, (db) => {
      copyEvents(damaged, db, paths);
      if (lost) recordRepair(db, repairer, lost);
      witness = witnessBytes(readRunRow(db));
    });
  } finally {
    damaged.close();
  }
  // The log belongs to the old file; with the new one it would be another database's.
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${paths.journal}${suffix}`, { force: true });
  renameSync(building, paths.journal);
  rmSync(paths.witness, { force: true });
  writePrivateFile(paths.witness, witness as Buffer);
  syncDirectory(paths.dir);
}

/** Events up to the first that is damaged. */
export function* soundRows(db: Connection, file: string): Generator<ChainedRow, void> {
  const rows = chainedRows(db, file);
  for (;;) {
    let next: IteratorResult<ChainedRow>;
    try {
      next = rows.next();
    } catch {
      return;
    }
    if (next.done) return;
    yield next.value;
  }
}

function copyEvents(damaged: Connection, db: Connection, paths: RunPaths): void {
  createTables(db, readMeta(damaged));
  const projection = new Projection(db);
  const insert = db.prepare(
    "INSERT INTO event (seq, wall_ms, mono_ms, boot_id, epoch, actor, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const advance = db.prepare("UPDATE run SET seq = ?, head = ?, updated_wall_ms = ?");
  db.transaction(() => {
    for (const { row, hash } of soundRows(damaged, paths.journal)) {
      const { seq, wallMs, monoMs, bootId, epoch, actor, body } = row;
      insert.run(seq, wallMs, monoMs, bootId, epoch, actor, body, hash);
      projection.apply(JSON.parse(body) as Event, row);
      advance.run(seq, hash, wallMs);
    }
  })();
}

function recordRepair(db: Connection, repairer: OwnerFacts, lost: readonly LostAttempt[]): void {
  const rows = readRunRow(db);
  const { actor, identity, version } = repairer;
  const open = db
    .prepare(
      "SELECT address AS at, n, state = 'in-doubt' AS inDoubt FROM attempt WHERE state IN ('released', 'in-doubt')",
    )
    .all() as { at: string; n: number; inDoubt: number }[];
  const unsettled = open.map((attempt): OpenAttempt => ({ ...attempt, inDoubt: attempt.inDoubt === 1 }));
  const repaired = failure("journal-repaired", `the journal had lost what followed event ${rows.seq}`, {
    hint: "look at every step since then before you resume",
  });
  const events: Event[] = [
    { type: "owner-acquired", epoch: rows.epoch + 1, actor, identity, version },
    ...adoptionEvents(lost, unsettled, actor),
    { type: "run-paused", reason: { kind: "refused", failure: repaired }, exitCode: 76 },
  ];
  const writer = { actor: `${actor.user}@${actor.host}`, bootId: identity.bootId };
  new Recorder(db, writer, rows).commit(events.map(draft));
}
