import type { Event, RecordedEvent } from "../domain/event.ts";
import { type Journal, JournalError } from "../domain/ports.ts";
import { assertWhole } from "./assert-whole.ts";
import { type Connection, closeWriter, openReader, openWriter } from "./connection.ts";
import { pagedRows, recorded } from "./event-rows.ts";
import { fileSystemFacts } from "./file-system.ts";
import { GroupCommit } from "./group-commit.ts";
import { acquireLock, type HeldLock } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { type Owner, type OwnerFacts, runIsOwned } from "./owner.ts";
import { draft, Recorder } from "./recorder.ts";
import { giveReserve, takeReserve } from "./reserve.ts";
import { assertRunDir, lstatOrNothing, type RunPaths, runPaths } from "./run-dir.ts";
import { readRunRow } from "./run-row.ts";
import { storageError, storageFault } from "./sqlite-failure.ts";
import { openWitness, type WitnessWriter } from "./witness.ts";

/** A journal that this process owns. */
export type OwnedJournal = Journal & {
  readonly runDir: string;
  readonly runId: string;
  /** The `owner-acquired` event of this ownership, the last event of the journal at this moment. */
  readonly acquired: RecordedEvent;
  /** Free bytes on the run's file system and whether it is too few to release anything more. */
  space(): { readonly freeBytes: number; readonly low: boolean };
};

/**
 * Takes a run for this process: locks it, checks that its record is whole (hash chain, rows at the same place, no attempt
 * on disk that the record does not know), begins a new epoch and records who took it.
 *
 * The promise is rejected with `JournalError` 75 when another process has the run (the message says who, where and since
 * when), 76 when the record is damaged or newer than this program, 74 when it cannot be written. In all of these no event
 * was recorded and nothing may be carried out.
 */
export async function openJournal(runDir: string, owner: OwnerFacts): Promise<OwnedJournal> {
  const paths = runPaths(runDir);
  assertRunDir(paths);
  const lock = await acquireLock(paths.lock);
  if (!lock) throw runIsOwned(paths.runId, lastOwner(paths));
  try {
    return await own(paths, owner, lock);
  } catch (error) {
    lock.release();
    throw storageFault(error) === "bug" ? error : storageError(error, "open", paths.journal);
  }
}

async function own(paths: RunPaths, owner: OwnerFacts, lock: HeldLock): Promise<OwnedJournal> {
  // Between opening and locking its file the run may have been pruned away.
  if (!lstatOrNothing(paths.lock)) throw new JournalError(76, `run ${paths.runId} was removed just now`, listHint);
  assertLocalFileSystem(paths.dir);
  await migrate(paths);
  const rows = await assertWhole(paths);
  takeReserve(paths.reserve);
  const db = openWriter(paths.journal);
  const witness = openWitness(paths.witness);
  try {
    const writer = { actor: `${owner.actor.user}@${owner.actor.host}`, bootId: owner.identity.bootId };
    const recorder = new Recorder(db, writer, rows, witness);
    const { actor, identity, version } = owner;
    const taken = draft({ type: "owner-acquired", epoch: rows.epoch + 1, actor, identity, version });
    const [acquired] = recorder.commit([taken]) as [RecordedEvent];
    return journalOf(paths, db, recorder, lock, acquired, witness);
  } catch (error) {
    witness.close();
    db.close();
    throw error;
  }
}

function assertLocalFileSystem(dir: string): void {
  const { fileSystem } = fileSystemFacts(dir);
  if (fileSystem.kind !== "network") return;
  throw new JournalError(
    74,
    `${dir} is on a network file system (${fileSystem.name}), where locks are not reliable`,
    "move the state directory to a local disk",
  );
}

/** Best effort: the run may be in the hands of a newer program, or just being created. */
function lastOwner(paths: RunPaths): Owner | undefined {
  try {
    const reader = openReader(paths.journal);
    try {
      return readRunRow(reader).owner;
    } finally {
      reader.close();
    }
  } catch {
    return undefined;
  }
}

const listHint = "list the runs with `runsheet runs`";

function journalOf(
  paths: RunPaths,
  db: Connection,
  recorder: Recorder,
  lock: HeldLock,
  acquired: RecordedEvent,
  witness: WitnessWriter,
): OwnedJournal {
  const commits = new GroupCommit(recorder, paths);
  return {
    runDir: paths.dir,
    runId: paths.runId,
    epoch: recorder.epoch,
    acquired,
    append: (events: readonly Event[]) => commits.append(events),
    *read(fromSeq = 1) {
      for (const { row } of pagedRows(db, fromSeq)) yield recorded(row);
    },
    space: () => {
      const { freeBytes } = fileSystemFacts(paths.dir);
      return { freeBytes, low: freeBytes < LOW_SPACE_BYTES };
    },
    close: () => {
      if (!db.open) return;
      commits.close();
      // After an error nothing more is attempted on this connection; the log stays for the next owner.
      if (commits.broken) db.close();
      else closeWriter(db);
      witness.close();
      giveReserve(paths.reserve);
      lock.release();
    },
  };
}

/** Below this much free space nothing more is released. */
const LOW_SPACE_BYTES = 1024 * 1024;
