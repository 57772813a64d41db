import { mkdir, stat } from "node:fs/promises";
import { tooManyFailed } from "./copy-folders.ts";
import { downloadFile } from "./download-file.ts";
import { type Entry, relative } from "./entry.ts";
import { failObject } from "./failed.ts";
import { fileMatches } from "./file-digest.ts";
import { findProof } from "./find-proof.ts";
import { headObject } from "./heads.ts";
import { divide, MAX_RANGES } from "./key-ranges.ts";
import type { Folder } from "./list-pages.ts";
import { isFolderMarker, localPath } from "./local-path.ts";
import { runPipeline } from "./pipeline.ts";
import type { Session } from "./session.ts";
import { eachOf, type Place } from "./transfer.ts";

export type DownloadObjects = { readonly from: Folder; readonly directory: string };

/** Downloads everything below a prefix. Failures of single objects are in `session.outcomes`. */
export async function downloadObjects(session: Session, { from, directory }: DownloadObjects): Promise<void> {
  const list = (put: (wanted: Wanted) => Promise<void>) =>
    eachOf(divide(session.requests, from), MAX_RANGES, async ({ pages }) => {
      for await (const page of pages) {
        for (const entry of page) {
          const name = relative(entry, from.prefix);
          if (isFolderMarker(name, entry.sizeBytes)) await makeFolder(directory, name);
          else await put({ entry, name });
        }
      }
    });
  await eachDownload(session, list, ({ name }) => localPath(directory, name), from);
}

export type Wanted = { readonly entry: Entry; readonly name: string };

/** Downloads what `list` names, each to where `pathOf` says; undefined = no file can have that name. */
export async function eachDownload(
  session: Session,
  list: (put: (wanted: Wanted) => Promise<void>) => Promise<void>,
  pathOf: (wanted: Wanted) => string | undefined,
  { store, bucket }: Pick<Folder, "store" | "bucket">,
): Promise<void> {
  const { meter, outcomes } = session;
  let failures = 0;
  await runPipeline<Wanted>({
    producers: [
      async (put) => {
        await list((wanted) => {
          meter.found(wanted.entry.sizeBytes);
          return put(wanted);
        });
        meter.complete();
      },
    ],
    producersAtOnce: 1,
    workers: session.workers,
    async work(wanted) {
      const { entry } = wanted;
      const place = { store, bucket, key: entry.key };
      const path = pathOf(wanted);
      if (path === undefined) {
        throw failObject("s3-no-file-name", `no file can be named like the key ${JSON.stringify(entry.key)}`, {
          hint: "copy the object to another key first (s3.copy with `recursive: false`)",
          retryable: false,
        });
      }
      const { key, sizeBytes } = entry;
      if (await isThere(session, place, entry, path)) {
        meter.skipped(sizeBytes);
        outcomes.add({ outcome: "skipped", key, sizeBytes });
        return;
      }
      await downloadFile(session, place, entry, path);
      meter.transferred(sizeBytes);
      outcomes.add({ outcome: "verified", key, sizeBytes });
    },
    onFailed({ entry: { key } }, { failure }) {
      meter.failed();
      outcomes.add({ outcome: "failed", key, failure });
      if (++failures >= 10_000) throw tooManyFailed(failure);
    },
    onStop: session.abort,
  });
}

async function makeFolder(directory: string, name: string): Promise<void> {
  const path = localPath(directory, name.replace(/\/$/, "") || "x");
  if (name !== "" && path !== undefined) await mkdir(path, { recursive: true });
}

async function isThere({ requests, partBytes }: Session, place: Place, entry: Entry, path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size !== entry.sizeBytes) return false;
  if (entry.sizeBytes === 0) return true;
  const head = await headObject(requests, place, { etag: entry.etag });
  const proof = await findProof(requests, place, head, partBytes);
  return (await fileMatches(path, proof, requests.signal)) === true;
}
