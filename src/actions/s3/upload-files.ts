import { type AfterUpload, afterUpload } from "./after-upload.ts";
import { tooManyFailed } from "./copy-folders.ts";
import type { Entry, EntryPages } from "./entry.ts";
import { fileMatches } from "./file-digest.ts";
import { findProof } from "./find-proof.ts";
import { headIfThere } from "./heads.ts";
import { join } from "./join.ts";
import { type Folder, listPages } from "./list-pages.ts";
import type { LocalFile } from "./local-files.ts";
import { runPipeline } from "./pipeline.ts";
import type { Session } from "./session.ts";
import type { Place } from "./transfer.ts";
import { uploadFile } from "./upload-file.ts";

export type UploadFiles = {
  /** In the order of their names. */
  readonly files: AsyncIterable<LocalFile>;
  /** There is one file, and `to.prefix` is its whole key. */
  readonly single: boolean;
  readonly to: Folder;
  readonly after: AfterUpload;
};

type Item = { readonly file: LocalFile; readonly look: boolean };

/** Uploads files, each verified and then kept, moved or removed. Failures of single files are in `session.outcomes`. */
export async function uploadFiles(session: Session, job: UploadFiles): Promise<void> {
  const { meter, outcomes } = session;
  let failures = 0;
  await runPipeline<Item>({
    producers: [
      async (put) => {
        for await (const item of job.single ? alone(job.files) : besideTarget(session, job)) {
          meter.found(item.file.sizeBytes);
          await put(item);
        }
        meter.complete();
      },
    ],
    producersAtOnce: 1,
    workers: session.workers,
    async work({ file, look }) {
      const key = job.single ? job.to.prefix : job.to.prefix + file.name;
      const place = { store: job.to.store, bucket: job.to.bucket, key };
      const { sizeBytes } = file;
      if (look && (await isThere(session, file, place))) {
        meter.skipped(sizeBytes);
        await afterUpload(file, job.after);
        outcomes.add({ outcome: "skipped", key, sizeBytes });
        return;
      }
      await uploadFile(session, file, place);
      meter.transferred(sizeBytes);
      await afterUpload(file, job.after);
      outcomes.add({ outcome: "verified", key, sizeBytes });
    },
    onFailed({ file }, { failure }) {
      meter.failed();
      outcomes.add({ outcome: "failed", key: file.path, failure });
      if (++failures >= 10_000) throw tooManyFailed(failure);
    },
    onStop: session.abort,
  });
}

async function* alone(files: AsyncIterable<LocalFile>): AsyncGenerator<Item> {
  for await (const file of files) yield { file, look: true };
}

/** The files with whether an object of equal size is at their place already. */
async function* besideTarget({ requests }: Session, { files, to }: UploadFiles): AsyncGenerator<Item> {
  const waiting = new Map<string, LocalFile>();
  const local: EntryPages = (async function* () {
    for await (const file of files) {
      waiting.set(file.name, file);
      yield [{ key: file.name, sizeBytes: file.sizeBytes, etag: "", modifiedMs: file.modifiedMs }] satisfies Entry[];
    }
  })();
  const there = { pages: listPages(requests, to), prefix: to.prefix };
  for await (const pairs of join({ pages: local, prefix: "" }, there, false)) {
    for (const pair of pairs) {
      if (pair.kind === "target-only") continue;
      const file = waiting.get(pair.source.key)!;
      waiting.delete(pair.source.key);
      yield { file, look: pair.kind === "both" && pair.source.sizeBytes === pair.target.sizeBytes };
    }
  }
}

async function isThere({ requests, partBytes }: Session, file: LocalFile, place: Place): Promise<boolean> {
  const head = await headIfThere(requests, place);
  if (head?.ContentLength !== file.sizeBytes) return false;
  const proof = await findProof(requests, place, head, partBytes);
  return (await fileMatches(file.path, proof, requests.signal)) === true;
}
