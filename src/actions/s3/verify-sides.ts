import { type Compared, compareClosely, comparePair } from "./difference.ts";
import type { Found } from "./difference-file.ts";
import { type Entry, type EntryPages, relative } from "./entry.ts";
import { Failed } from "./failed.ts";
import { headObject } from "./heads.ts";
import { join, type Pair } from "./join.ts";
import { MAX_RANGES } from "./key-ranges.ts";
import { type Folder, listPages } from "./list-pages.ts";
import { UNKNOWN_SIZE } from "./manifest.ts";
import { runPipeline } from "./pipeline.ts";
import type { Session } from "./session.ts";
import { eachOf } from "./transfer.ts";
import { type Stretch, walk } from "./walk.ts";

export type Expected =
  | { readonly kind: "folder"; readonly folder: Folder }
  | { readonly kind: "manifest"; readonly pages: EntryPages };

export type VerifySides = {
  readonly from: Expected;
  readonly to: Folder;
  /** Extra objects are differences too. */
  readonly extra: boolean;
  onDifference(found: Found): Promise<void>;
};

export type VerifyCounts = { same: number; missing: number; extra: number; different: number; sizeOnly: number };

/** Compares what should be with what is. Throws `Failed` when a side cannot be read. */
export async function verifySides(session: Session, job: VerifySides): Promise<VerifyCounts> {
  const { requests, meter } = session;
  const counts: VerifyCounts = { same: 0, missing: 0, extra: 0, different: 0, sizeOnly: 0 };
  const prefix = job.from.kind === "folder" ? job.from.folder.prefix : "";
  const judge = async (source: Entry, target: Entry, compared: Compared | undefined): Promise<void> => {
    if (compared === undefined) counts.sizeOnly++;
    if (compared?.kind !== "different") {
      counts.same++;
      meter.skipped(target.sizeBytes);
      return;
    }
    counts.different++;
    meter.failed();
    await job.onDifference({ ...named(source, prefix), difference: compared.difference, foundBytes: target.sizeBytes });
  };
  const look = async (pair: Pair, put: (item: Closer) => Promise<void>): Promise<void> => {
    if (pair.kind === "target-only") {
      counts.extra++;
      if (job.extra) await job.onDifference({ difference: "extra", key: relative(pair.target, job.to.prefix) });
      return;
    }
    meter.found(pair.kind === "both" ? pair.target.sizeBytes : Math.max(0, pair.source.sizeBytes));
    if (pair.kind === "source-only") {
      counts.missing++;
      meter.failed();
      await job.onDifference({ ...named(pair.source, prefix), difference: "missing" });
      return;
    }
    const compared = comparePair(pair.source, pair.target);
    if (compared.kind === "look-closer") await put({ source: pair.source, target: pair.target });
    else await judge(pair.source, pair.target, compared);
  };
  await runPipeline<Closer>({
    producers: [
      (put) =>
        eachOf(stretchesOf(session, job), MAX_RANGES, async (stretch) => {
          for await (const pairs of stretch()) for (const pair of pairs) await look(pair, put);
        }),
    ],
    producersAtOnce: 1,
    workers: session.workers,
    async work({ source, target }) {
      const there = { store: job.to.store, bucket: job.to.bucket, key: target.key };
      const targetHead = await headObject(requests, there);
      await judge(source, target, compareClosely(source, await sourceHead(session, job.from, source), targetHead));
    },
    // Nothing can be said of an object that cannot be looked at.
    onFailed(_, failed) {
      throw new Failed(failed.failure, true);
    },
    onStop: session.abort,
  });
  meter.complete();
  return counts;
}

type Closer = { readonly source: Entry; readonly target: Entry };

function stretchesOf({ requests }: Session, { from, to }: VerifySides): AsyncIterable<Stretch> | readonly Stretch[] {
  if (from.kind === "folder") return walk(requests, from.folder, to, true);
  return [() => join({ pages: from.pages, prefix: "" }, { pages: listPages(requests, to), prefix: to.prefix }, true)];
}

async function sourceHead({ requests }: Session, from: Expected, { key }: Entry) {
  if (from.kind === "manifest") return undefined;
  const { store, bucket } = from.folder;
  return headObject(requests, { store, bucket, key });
}

function named(entry: Entry, prefix: string): { key: string; expectedBytes?: number } {
  const key = relative(entry, prefix);
  return entry.sizeBytes === UNKNOWN_SIZE ? { key } : { key, expectedBytes: entry.sizeBytes };
}
