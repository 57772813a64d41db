import { statSync } from "node:fs";
import type { RecordedEvent } from "../domain/event.ts";
import { JournalError } from "../domain/ports.ts";
import { readJournal } from "./read-journal.ts";
import { lstatOrNothing, runPaths } from "./run-dir.ts";

export type FollowOptions = {
  /** First event to deliver; default 1. */
  readonly fromSeq?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
  /** How long a new event may go unnoticed; default 100 ms. */
  readonly pollMs?: number;
};

export type Follower = AsyncIterable<RecordedEvent> & {
  /** Look at once: somebody said that there is news. */
  wake(): void;
};

/**
 * Delivers the events of a run, those recorded and those to come, whoever records them, until `signal` is aborted or the
 * run's directory is removed. Between looks nothing is held open, so that the owner can tidy up whenever it ends.
 *
 * The iteration throws `JournalError` 74 or 76 as `readJournal` does.
 */
export function follow(runDir: string, options: FollowOptions = {}): Follower {
  const bell = createBell(options.signal);
  return {
    wake: bell.ring,
    [Symbol.asyncIterator]: () => events(runDir, options, bell),
  };
}

async function* events(runDir: string, options: FollowOptions, bell: Bell): AsyncGenerator<RecordedEvent, void> {
  const { signal, pollMs = 100 } = options;
  const { journal } = runPaths(runDir);
  let next = options.fromSeq ?? 1;
  let seen = "";
  while (!signal?.aborted) {
    if (!lstatOrNothing(journal)) return;
    const now = fingerprint(journal);
    if (now !== seen || now === "fresh") {
      const news = newsFrom(runDir, next);
      for (const event of news ?? []) {
        next = event.seq + 1;
        yield event;
        if (signal?.aborted) return;
      }
      if (news?.length === batch) continue;
      if (news) seen = now;
    }
    await bell.wait(pollMs);
  }
}

const batch = 1000;

/** `undefined` when the file is locked at this moment; it will not be at the next look. */
function newsFrom(runDir: string, fromSeq: number): readonly RecordedEvent[] | undefined {
  try {
    const reader = readJournal(runDir, { timeoutMs: 0 });
    try {
      return [...reader.read(fromSeq).take(batch)];
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof JournalError && error.exitCode === 75) return undefined;
    throw error;
  }
}

/**
 * Changes whenever something was written. Time stamps of files are coarse: shortly after a change another one could leave
 * no mark, so the file counts as changed until then ("fresh").
 */
function fingerprint(journal: string): string {
  const parts = [journal, `${journal}-wal`].map((file) => {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats ? { text: `${stats.ino}:${stats.size}:${stats.mtimeNs}`, ms: Number(stats.mtimeMs) } : undefined;
  });
  if (parts.some((part) => part && Date.now() - part.ms < 50)) return "fresh";
  return parts.map((part) => part?.text ?? "-").join(" ");
}

type Bell = { ring(): void; wait(ms: number): Promise<void> };

function createBell(signal: AbortSignal | undefined): Bell {
  let rung = false;
  let awake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    awake?.();
  };
  signal?.addEventListener("abort", ring, { once: true });
  return {
    ring,
    wait: async (ms) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          awake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
      awake = undefined;
    },
  };
}
