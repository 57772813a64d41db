import type { Failure } from "../../domain/failure.ts";
import { copyObject } from "./copy-object.ts";
import { type Entry, relative } from "./entry.ts";
import { type Failed, failAll, failObject } from "./failed.ts";
import { headObject } from "./heads.ts";
import type { Pair } from "./join.ts";
import { MAX_RANGES } from "./key-ranges.ts";
import type { Folder } from "./list-pages.ts";
import { shown } from "./location.ts";
import { runPipeline } from "./pipeline.ts";
import { compareEntries, compareHeads } from "./same.ts";
import type { Session } from "./session.ts";
import type { Place } from "./transfer.ts";
import { walk } from "./walk.ts";

export type CopyFolder = {
  readonly from: Folder;
  readonly to: Folder;
  /** Objects larger than this are copied in parts. */
  readonly multipartAbove: number;
};

type Item = { readonly entry: Entry; readonly look: boolean };

/**
 * Copies all objects below a prefix, listing and copying at the same time. What is there with the same size and
 * checksum is skipped. Then both sides are listed again: objects that came meanwhile are copied too, and what is still
 * missing or different is an outcome of its own. Failures of single objects are in `session.outcomes`.
 */
export async function copyFolder(session: Session, job: CopyFolder): Promise<void> {
  const failed = new Set<string>();
  await copyPass(session, job, (item) => !failed.has(item.entry.key), failed);
  session.meter.complete();
  const late = new Set<string>();
  for (const entry of await lacking(session, job)) if (!failed.has(entry.key)) late.add(entry.key);
  if (late.size === 0) return;
  session.log(`${late.size} objects came or changed while the others were copied: copying them`);
  await copyPass(session, job, (item) => late.has(item.entry.key), failed);
  for (const { key, sizeBytes } of await lacking(session, job)) {
    if (failed.has(key)) continue;
    const place = shown({ bucket: job.from.bucket, key });
    const problem = failObject("s3-missing-at-the-end", `${place} (${sizeBytes} bytes) is not at the target`);
    session.meter.failed();
    session.outcomes.add({ outcome: "failed", key, failure: problem.failure });
  }
}

async function copyPass(
  session: Session,
  job: CopyFolder,
  wanted: (item: Item) => boolean,
  failed: Set<string>,
): Promise<void> {
  const { requests, meter, outcomes } = session;
  const skip = ({ key, sizeBytes }: Entry) => {
    meter.skipped(sizeBytes);
    outcomes.add({ outcome: "skipped", key, sizeBytes });
  };
  const stretches = await walk(requests, job.from, job.to, false);
  await runPipeline<Item>({
    producers: stretches.map((stretch) => async (put) => {
      for await (const pairs of stretch()) {
        for (const pair of pairs) {
          const item = itemOf(pair);
          if (!item || !wanted(item)) continue;
          meter.found(item.entry.sizeBytes);
          if (pair.kind === "both" && compareEntries(pair.source, pair.target) === "same") skip(item.entry);
          else await put(item);
        }
      }
    }),
    producersAtOnce: MAX_RANGES,
    workers: session.workers,
    async work({ entry, look }) {
      const places = placesOf(job, entry);
      if (look && (await isSame(session, places, entry))) {
        skip(entry);
        return;
      }
      const copied = await copyObject(session, { ...places, entry, multipartAbove: job.multipartAbove });
      meter.transferred(copied.sizeBytes);
      outcomes.add({ outcome: "verified", key: entry.key, sizeBytes: copied.sizeBytes });
    },
    onFailed({ entry: { key } }, { failure }: Failed) {
      failed.add(key);
      meter.failed();
      outcomes.add({ outcome: "failed", key, failure });
      if (failed.size >= MAX_FAILED) throw tooManyFailed(failure);
    },
    onStop: session.abort,
  });
}

/** So many failures have one common cause, and going on would only hide it. */
const MAX_FAILED = 10_000;

export function tooManyFailed(last: Failure): Failed {
  return failAll("s3-too-many-failures", `${MAX_FAILED} objects failed; the last: ${last.message}`, {
    ...(last.hint === undefined ? {} : { hint: last.hint }),
  });
}

function itemOf(pair: Pair): Item | undefined {
  if (pair.kind === "target-only") return undefined;
  return {
    entry: pair.source,
    look: pair.kind === "both" && compareEntries(pair.source, pair.target) === "look-closer",
  };
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

const MAX_LACKING = 100_000;

/** Objects of the source that the target lacks or has in another form, as far as listings tell. */
async function lacking({ requests, log }: Session, job: CopyFolder): Promise<Entry[]> {
  const found: Entry[] = [];
  const stretches = await walk(requests, job.from, job.to, false);
  await Promise.all(
    stretches.map(async (stretch) => {
      for await (const pairs of stretch()) {
        for (const pair of pairs) {
          if (found.length >= MAX_LACKING) return;
          if (pair.kind === "source-only") found.push(pair.source);
          else if (pair.kind === "both" && compareEntries(pair.source, pair.target) === "different")
            found.push(pair.source);
        }
      }
    }),
  );
  if (found.length >= MAX_LACKING)
    log(`more than ${MAX_LACKING} objects are missing at the target; the rest is not listed`);
  return found;
}
