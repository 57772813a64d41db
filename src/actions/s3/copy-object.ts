import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { SendOptions } from "./attempts.ts";
import { type CopyJob, isVerified } from "./copy-job.ts";
import { copyInParts } from "./copy-parts.ts";
import { copyByStream } from "./copy-stream.ts";
import { type Entry, unquoted } from "./entry.ts";
import { Failed } from "./failed.ts";
import { headObject } from "./heads.ts";
import { copySourceOf, shown } from "./location.ts";
import { MAX_PUT_BYTES } from "./part-layout.ts";
import { partsOfEtag } from "./same.ts";
import { patienceMs, type Transfer } from "./transfer.ts";

const TRIES = 3;

/**
 * Copies one object and returns when the copy is verified: same size, and same ETag or checksum. A source that changes
 * meanwhile is copied anew as it is then.
 */
export async function copyObject(transfer: Transfer, job: CopyJob): Promise<Entry> {
  let current = job;
  for (let tries = 1; ; tries++) {
    try {
      await copyOnce(transfer, current);
      return current.entry;
    } catch (error) {
      const code = error instanceof Failed ? error.failure.code : "";
      if (tries >= TRIES || (code !== "s3-object-changed" && code !== "s3-verify-failed")) throw error;
      const head = await headObject(transfer.requests, job.from);
      current = { ...job, entry: entryOf(job.from.key, head) };
    }
  }
}

function entryOf(key: string, head: HeadObjectCommandOutput): Entry {
  const modifiedMs = head.LastModified?.getTime() ?? 0;
  return { key, sizeBytes: head.ContentLength ?? 0, etag: unquoted(head.ETag), modifiedMs };
}

async function copyOnce(transfer: Transfer, job: CopyJob): Promise<void> {
  const { from, to, entry } = job;
  if (from.store.identity !== to.store.identity) {
    await copyByStream(transfer, job);
    return;
  }
  const must = entry.sizeBytes > Math.min(job.multipartAbove, MAX_PUT_BYTES);
  const ofParts = partsOfEtag(entry.etag) !== undefined && entry.sizeBytes > 0;
  // In one go the copy of an object made of parts gets another ETag from most stores, and no listing could tell that it
  // is the same.
  if ((must || ofParts) && (await copyInParts(transfer, job, must))) return;
  if (await copyAtOnce(transfer, job)) return;
  if (ofParts) await copyInParts(transfer, job, true);
  else transfer.log(`${shown(to)}: verified by its size only, the store has no common checksum`);
}

/** False: it is there in the right size, and nothing shows that it is the same. */
async function copyAtOnce(transfer: Transfer, job: CopyJob): Promise<boolean> {
  const { from, to, entry } = job;
  const { store } = to;
  const input = {
    Bucket: to.bucket,
    Key: to.key,
    CopySource: copySourceOf(from.bucket, from.key),
    ...(entry.etag === "" ? {} : { CopySourceIfMatch: `"${entry.etag}"` }),
    ...store.payer,
  };
  const rules = { timeoutMs: patienceMs(entry.sizeBytes) };
  const subject = `${shown(from)} to ${shown(to)}`;
  const send = (options: SendOptions) => transfer.copyRequests.send(store, input, options);
  const etag = await transfer.requests.send(store, subject, send, rules);
  transfer.meter.moved(entry.sizeBytes);
  return unquoted(etag) === entry.etag || isVerified(transfer, job);
}
