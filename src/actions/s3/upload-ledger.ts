import type { Json } from "../../domain/json.ts";

/**
 * Multipart uploads that this step has begun and not ended, kept in its checkpoint, so that a later attempt finds them.
 *
 * S3 has no way to mark an unfinished upload as ours: its listing tells key, id and time only. So the intent is made
 * durable before the upload exists, with the ids of those that others have open at that key (L1); the id follows as
 * soon as it is known (L2); the entry goes when the upload is completed or aborted (L3). A crash between L1 and L2
 * leaves an upload whose id is not in `foreign`: that one is ours.
 */
export type LedgerEntry = {
  readonly attemptId: string;
  readonly bucket: string;
  readonly key: string;
  /** What is uploaded: size and ETag of the source object, or size and time of the file. Another one is not continued. */
  readonly source: string;
  readonly partBytes: number;
  readonly foreign: readonly string[];
  readonly uploadId?: string;
};

export type UploadLedger = {
  readonly entries: readonly LedgerEntry[];
  /** Durable when resolved. Replaces an earlier entry for the same key. */
  put(entry: LedgerEntry): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  /** The entry of an earlier attempt for this key, taken out of `entries` of earlier attempts. */
  find(bucket: string, key: string): LedgerEntry | undefined;
};

type Checkpoint = (value: Json) => Promise<void>;

export function uploadLedger(last: Json | undefined, checkpoint: Checkpoint): UploadLedger {
  const entries = new Map(readEntries(last).map((entry) => [idOf(entry.bucket, entry.key), entry]));
  const save = coalesced(() => checkpoint({ uploads: [...entries.values()] }));
  return {
    get entries() {
      return [...entries.values()];
    },
    put(entry) {
      entries.set(idOf(entry.bucket, entry.key), entry);
      return save();
    },
    remove(bucket, key) {
      return entries.delete(idOf(bucket, key)) ? save() : Promise.resolve();
    },
    find: (bucket, key) => entries.get(idOf(bucket, key)),
  };
}

const idOf = (bucket: string, key: string) => `${bucket}/${key}`;

function readEntries(value: Json | undefined): LedgerEntry[] {
  const uploads = (value as { uploads?: Json } | null | undefined)?.uploads;
  return Array.isArray(uploads) ? (uploads as LedgerEntry[]) : [];
}

/**
 * One save at a time; calls that come while one is under way share the next. Each call resolves only after a save that
 * began after it.
 */
function coalesced(save: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = () => {
    running = save().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
