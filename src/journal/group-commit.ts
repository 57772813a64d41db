import type { Event, RecordedEvent } from "../domain/event.ts";
import { JournalError } from "../domain/ports.ts";
import { type Draft, draft, type Recorder } from "./recorder.ts";
import { giveReserve } from "./reserve.ts";
import type { RunPaths } from "./run-dir.ts";
import { type StorageFault, storageError, storageFault } from "./sqlite-failure.ts";

type Waiting = {
  readonly drafts: readonly Draft[];
  readonly resolve: (events: readonly RecordedEvent[]) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Collects what becomes ready in one turn of the event loop and commits it at once. Sync calls cost more than anything
 * else a journal does; a fan-out needs few of them this way, and a sequential run pays one loop turn.
 *
 * Any failure is final: a commit that returned an error may still be on the disk, and the next one on the same connection
 * may succeed as if nothing had been. So every append from then on is rejected with the first error.
 */
export class GroupCommit {
  readonly #recorder: Recorder;
  readonly #paths: RunPaths;
  #waiting: Waiting[] = [];
  #retryAt: NodeJS.Timeout | undefined;
  #busySinceMs: number | undefined;
  #end: Error | undefined;
  #broken = false;

  constructor(recorder: Recorder, paths: RunPaths) {
    this.#recorder = recorder;
    this.#paths = paths;
  }

  /** An append failed. */
  get broken(): boolean {
    return this.#broken;
  }

  append(events: readonly Event[]): Promise<readonly RecordedEvent[]> {
    if (this.#end) return Promise.reject(this.#end);
    if (events.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const drafts = events.map(draft);
      if (this.#waiting.push({ drafts, resolve, reject }) === 1) setImmediate(() => this.#commit());
    });
  }

  /** Commits what is waiting and refuses what comes later. */
  close(): void {
    this.#commit();
    clearTimeout(this.#retryAt);
    this.#refuseAll(new Error(`${this.#paths.journal} was closed by this process`));
  }

  #commit(): void {
    const group = this.#waiting;
    if (group.length === 0 || this.#end) return;
    let events: RecordedEvent[];
    try {
      events = this.#recorder.commit(group.flatMap((waiting) => waiting.drafts));
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#waiting = [];
    this.#busySinceMs = undefined;
    let from = 0;
    for (const { drafts, resolve } of group) {
      resolve(events.slice(from, from + drafts.length));
      from += drafts.length;
    }
  }

  #failed(error: unknown): void {
    const fault = storageFault(error);
    if (fault === "busy" && this.#mayWait()) {
      // Nothing was written: somebody looks at the file with a tool that locks it. Waiting here would stop the screen.
      this.#retryAt = setTimeout(() => this.#commit(), 20);
      return;
    }
    this.#broken = true;
    this.#refuseAll(this.#last(fault, error));
  }

  #last(fault: StorageFault, error: unknown): Error {
    if (fault === "full") return this.#pauseBecauseFull(error);
    return fault === "bug" ? (error as Error) : storageError(error, "write to", this.#paths.journal);
  }

  #mayWait(): boolean {
    const now = performance.now();
    this.#busySinceMs ??= now;
    return now - this.#busySinceMs < busyPatienceMs;
  }

  /** A full disk is the one failure that leaves the last commit and the connection whole. */
  #pauseBecauseFull(error: unknown): JournalError {
    giveReserve(this.#paths.reserve);
    let noted = "the run is paused";
    try {
      this.#recorder.commit([draft({ type: "run-paused", reason: { kind: "disk-full" }, exitCode: 74 })]);
    } catch (again) {
      noted = `even the pause could not be recorded (${(again as Error).message})`;
    }
    return new JournalError(
      74,
      `the disk is full: ${this.#paths.journal} cannot grow; ${noted}. Commands that were running go on`,
      `free some space on that disk, then \`runsheet resume ${this.#paths.runId}\``,
      { cause: error },
    );
  }

  #refuseAll(error: Error): void {
    this.#end ??= error;
    const group = this.#waiting;
    this.#waiting = [];
    for (const { reject } of group) reject(this.#end);
  }
}

const busyPatienceMs = 5000;
