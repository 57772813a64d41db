import type { Event, RecordedEvent } from "../domain/event.ts";
import { JournalError } from "../domain/ports.ts";
import { faultPoint, faultsArmed } from "../lib/fault-point.ts";
import { type EventRow, eventHash } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { Projection } from "./projection.ts";
import type { WitnessWriter } from "./witness.ts";

/** An event with its text, taken when it was handed over, so that nobody can change it afterwards. */
export type Draft = { readonly event: Event; readonly body: string };

/** Facts of the writing process that stand in every row. */
export type Writer = { readonly actor: string; readonly bootId: string };

/** Limits what a single event can do to everybody who reads the journal. */
export const MAX_EVENT_BYTES = 32 * 1024 * 1024;

export function draft(event: Event): Draft {
  const body = JSON.stringify(event);
  if (body.length > MAX_EVENT_BYTES) {
    throw new Error(`event ${event.type} has ${body.length} characters; at most ${MAX_EVENT_BYTES} are recorded`);
  }
  return { event, body };
}

/**
 * Appends events and their rows in one transaction. Knows where the chain ends and which epoch it writes for; the commit
 * fails when the database says otherwise, because then somebody else wrote (E7).
 */
export class Recorder {
  seq: number;
  head: string;
  epoch: number;
  readonly #db: Connection;
  readonly #writer: Writer;
  readonly #projection: Projection;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #witness: WitnessWriter | undefined;

  constructor(
    db: Connection,
    writer: Writer,
    end: { seq: number; head: string; epoch: number },
    witness?: WitnessWriter,
  ) {
    this.#db = db;
    this.#writer = writer;
    this.#projection = new Projection(db);
    this.#sql = prepare(db);
    this.#witness = witness;
    this.seq = end.seq;
    this.head = end.head;
    this.epoch = end.epoch;
  }

  /** Returns when the events are on the disk. On any throw nothing of them may be taken as recorded. */
  commit(drafts: readonly Draft[]): RecordedEvent[] {
    this.#sql.begin.run();
    try {
      const end = this.#write(drafts);
      faultPoints(drafts, "before");
      this.#sql.commit.run();
      this.#witness?.note(end);
      faultPoints(drafts, "after");
      this.seq = end.seq;
      this.head = end.head;
      this.epoch = end.epoch;
      return end.events;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Best effort: on a failing disk this fails, too, and the first error is the one to tell. */
  #rollBack(): void {
    try {
      if (this.#db.inTransaction) this.#sql.rollback.run();
    } catch {
      // Nothing more is written on this connection.
    }
  }

  #write(drafts: readonly Draft[]) {
    const wallMs = Date.now();
    const monoMs = Math.floor(Number(process.hrtime.bigint() / 1_000_000n));
    const events: RecordedEvent[] = [];
    let { seq, head, epoch } = this;
    for (const { event, body } of drafts) {
      // Taking the run is the one event that begins an epoch instead of belonging to one.
      if (event.type === "owner-acquired") epoch = event.epoch;
      seq++;
      const row: EventRow = { seq, wallMs, monoMs, epoch, body, ...this.#writer };
      head = eventHash(head, row);
      this.#sql.insert.run(seq, wallMs, monoMs, row.bootId, epoch, row.actor, body, head);
      this.#projection.apply(event, row);
      events.push({ ...event, seq, wallMs, epoch });
    }
    const moved = this.#sql.advance.run(seq, head, wallMs, this.seq, this.head, epoch);
    if (moved.changes !== 1) throw ownershipLost(this.#db.name, this.epoch);
    return { seq, head, epoch, events };
  }
}

function prepare(db: Connection) {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    insert: db.prepare(
      `INSERT INTO event (seq, wall_ms, mono_ms, boot_id, epoch, actor, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    advance: db.prepare(
      "UPDATE run SET seq = ?, head = ?, updated_wall_ms = ? WHERE seq = ? AND head = ? AND epoch = ?",
    ),
  };
}

function faultPoints(drafts: readonly Draft[], when: "before" | "after"): void {
  faultPoint(`journal.commit.${when}`);
  if (faultsArmed()) for (const { event } of drafts) faultPoint(`journal.${event.type}.${when}`);
}

function ownershipLost(file: string, epoch: number): JournalError {
  return new JournalError(
    75,
    `${file}: another process took this run over (our epoch ${epoch} has passed)`,
    "see who has it with `runsheet status`; this process stops without touching anything",
  );
}
