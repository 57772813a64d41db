import type { Failure } from "../../domain/failure.ts";
import { copyObject } from "./copy-object.ts";
import { type Entry, relative } from "./entry.ts";
import { type Failed, failAll, failObject } from "./failed.ts";
import { headObject } from "./heads.ts";
import { MAX_RANGES } from "./key-ranges.ts";
import type { Folder } from "./list-pages.ts";
import { shown } from "./location.ts";
import { runPipeline } from "./pipeline.ts";
import { compareEntries, compareHeads } from "./same.ts";
import type { Session } from "./session.ts";
import { eachOf, type Place } from "./transfer.ts";
import { walk } from "./walk.ts";

export type CopyFolder = {
  readonly from: Folder;
  readonly to: Folder;
  /** Objects larger than this are copied in parts. */
  readonly multipartAbove: number;
};

/** How one folder fared. `failed` objects are also in `session.outcomes`, with their reasons. */
export type FolderResult = {
  readonly objects: number;
  readonly bytes: number;
  readonly failed: number;
};

/**
 * Copies all objects below each prefix, listing and copying at the same time. What is there with the same size and
 * checksum is skipped. Then both sides are listed again: objects that came meanwhile are copied too, and what is still
 * missing or different fails. Results are in the order of the jobs.
 */
export async function copyFolders(session: Session, jobs: readonly CopyFolder[]): Promise<readonly FolderResult[]> {
  const folders = jobs.map((job) => new FolderCopy(job));
  await copyPass(session, folders, () => true);
  session.meter.complete();
  const late = new Set<string>();
  await eachOf(folders, FOLDERS_AT_ONCE, async (folder) => {
    for (const { key } of await lacking(session, folder)) late.add(folder.id(key));
  });
  if (late.size > 0) {
    session.log(`${late.size} objects came or changed while the others were copied: copying them`);
    await copyPass(session, folders, (folder, { key }) => late.has(folder.id(key)));
    await eachOf(folders, FOLDERS_AT_ONCE, async (folder) => {
      for (const entry of await lacking(session, folder)) reportMissing(session, folder, entry);
    });
  }
  return folders.map(({ objects, bytes, failed }) => ({ objects, bytes, failed: failed.size }));
}

const FOLDERS_AT_ONCE = 8;

class FolderCopy {
  readonly job: CopyFolder;
  objects = 0;
  bytes = 0;
  readonly failed = new Set<string>();

  constructor(job: CopyFolder) {
    this.job = job;
  }

  /** Names an object among all folders. */
  id(key: string): string {
    return `${this.job.from.bucket}/${key} ${this.job.to.prefix}`;
  }
}

type Item = { readonly folder: FolderCopy; readonly entry: Entry; readonly look: boolean };

async function copyPass(
  session: Session,
  folders: readonly FolderCopy[],
  wanted: (folder: FolderCopy, entry: Entry) => boolean,
): Promise<void> {
  const { requests, meter, outcomes } = session;
  let failures = 0;
  const skip = ({ key, sizeBytes }: Entry) => {
    meter.skipped(sizeBytes);
    outcomes.add({ outcome: "skipped", key, sizeBytes });
  };
  await runPipeline<Item>({
    producers: folders.map((folder) => async (put) => {
      await eachOf(walk(requests, folder.job.from, folder.job.to, false), MAX_RANGES, async (stretch) => {
        for await (const pairs of stretch()) {
          for (const pair of pairs) {
            if (pair.kind === "target-only" || !wanted(folder, pair.source)) continue;
            const entry = pair.source;
            meter.found(entry.sizeBytes);
            folder.objects++;
            folder.bytes += entry.sizeBytes;
            const same = pair.kind === "both" ? compareEntries(entry, pair.target) : "different";
            if (same === "same") skip(entry);
            else await put({ folder, entry, look: same === "look-closer" });
          }
        }
      });
    }),
    producersAtOnce: FOLDERS_AT_ONCE,
    workers: session.workers,
    async work({ folder, entry, look }) {
      const places = placesOf(folder.job, entry);
      if (look && (await isSame(session, places, entry))) {
        skip(entry);
        return;
      }
      const copied = await copyObject(session, { ...places, entry, multipartAbove: folder.job.multipartAbove });
      meter.transferred(copied.sizeBytes);
      outcomes.add({ outcome: "verified", key: entry.key, sizeBytes: copied.sizeBytes });
    },
    onFailed({ folder, entry: { key } }, { failure }: Failed) {
      folder.failed.add(key);
      meter.failed();
      outcomes.add({ outcome: "failed", key, failure });
      if (++failures >= MAX_FAILED) throw tooManyFailed(failure);
    },
    onStop: session.abort,
  });
}

function reportMissing({ meter, outcomes }: Session, { job, failed }: FolderCopy, { key, sizeBytes }: Entry): void {
  const place = shown({ bucket: job.from.bucket, key });
  const { failure } = failObject("s3-missing-at-the-end", `${place} (${sizeBytes} bytes) is not at the target`);
  failed.add(key);
  meter.failed();
  outcomes.add({ outcome: "failed", key, failure });
}

/** So many failures have one common cause, and going on would only hide it. */
const MAX_FAILED = 10_000;

export function tooManyFailed(last: Failure): Failed {
  return failAll("s3-too-many-failures", `${MAX_FAILED} objects failed; the last: ${last.message}`, {
    ...(last.hint === undefined ? {} : { hint: last.hint }),
  });
}

function placesOf({ from, to }: CopyFolder, entry: Entry): { from: Place; to: Place } {
  const key = to.prefix + relative(entry, from.prefix);
  return {
    from: { store: from.store, bucket: from.bucket, key: entry.key },
    to: { store: to.store, bucket: to.bucket, key },
  };
}

async function isSame({ requests }: Session, { from, to }: { from: Place; to: Place }, entry: Entry): Promise<boolean> {
  const heads = [headObject(requests, from, { etag: entry.etag }), headObject(requests, to)] as const;
  return compareHeads(...(await Promise.all(heads))) === "same";
}

/** Objects that the target lacks or has in another form, as far as listings tell; those that failed are known already. */
async function lacking({ requests, log }: Session, { job, failed }: FolderCopy): Promise<Entry[]> {
  const found: Entry[] = [];
  await eachOf(walk(requests, job.from, job.to, false), MAX_RANGES, async (stretch) => {
    for await (const pairs of stretch()) {
      for (const pair of pairs) {
        if (pair.kind === "target-only" || found.length >= MAX_LACKING || failed.has(pair.source.key)) continue;
        if (pair.kind === "source-only" || compareEntries(pair.source, pair.target) === "different") {
          found.push(pair.source);
        }
      }
    }
  });
  if (found.length >= MAX_LACKING) {
    log(`more than ${MAX_LACKING} objects are missing at the target; the rest is not listed`);
  }
  return found;
}

const MAX_LACKING = 100_000;
