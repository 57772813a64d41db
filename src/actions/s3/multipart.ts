import { createHash } from "node:crypto";
import type { CompletedPart, CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";
import { unquoted } from "./entry.ts";
import { Failed, failObject } from "./failed.ts";
import { shown } from "./location.ts";
import { type PartLayout, type PartRange, partsOf } from "./part-layout.ts";
import { eachOf, type Place, patienceMs, type Transfer } from "./transfer.ts";
import { abortUpload, isNoSuchUpload, openUploads, uploadsOf } from "./unfinished.ts";

/** One object to be put together from parts. */
export type MultipartPlan = {
  readonly target: Place;
  /** What the parts are of: an upload that an earlier attempt began for the same source is continued. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly layout: PartLayout;
  readonly create: Partial<CreateMultipartUploadCommandInput>;
  /** Makes a part in the store. */
  make(part: PartRange, uploadId: string): Promise<CompletedPart>;
  /** Undefined: the part that is there is not the right one and is made again. */
  keep(part: PartRange, there: PartThere): Promise<CompletedPart | undefined>;
  /** Further fields of the completion, e.g. the checksum of the whole. */
  finish?(parts: readonly CompletedPart[]): Partial<{ ChecksumCRC32: string; ChecksumType: "FULL_OBJECT" }>;
};

export type PartThere = { readonly etag: string; readonly sizeBytes: number };

/** Parts of one object that are made at the same time; other objects want their turn too. */
const PARTS_AT_ONCE = 16;

/**
 * Makes the object, or goes on with what an earlier attempt began (rules L1 to L3 of upload-ledger.ts). Returns the ETag
 * that its parts add up to. On a failure of the object the upload is aborted; on a stop it is kept for the next attempt.
 */
export async function runMultipart(transfer: Transfer, plan: MultipartPlan): Promise<string> {
  const { target, layout, sizeBytes } = plan;
  const { uploadId, there } = (await takeUp(transfer, plan)) ?? (await begin(transfer, plan));
  try {
    const parts: CompletedPart[] = [];
    await eachOf(partsOf(sizeBytes, layout), PARTS_AT_ONCE, async (part) => {
      const old = there.get(part.number);
      const kept = old?.sizeBytes === part.end - part.start ? await plan.keep(part, old) : undefined;
      parts[part.number - 1] = kept ?? (await plan.make(part, uploadId));
      transfer.meter.moved(part.end - part.start);
    });
    const etag = etagOfParts(parts.map(({ ETag }) => unquoted(ETag)));
    await complete(transfer, plan, uploadId, parts, etag);
    await transfer.ledger.remove(target.bucket, target.key);
    return etag;
  } catch (error) {
    if (error instanceof Failed && !error.stopsAll) {
      await abortUpload(transfer, target, uploadId);
      await transfer.ledger.remove(target.bucket, target.key);
    }
    throw error;
  }
}

type Begun = { readonly uploadId: string; readonly there: ReadonlyMap<number, PartThere> };

async function begin(transfer: Transfer, plan: MultipartPlan): Promise<Begun> {
  const { target, source, layout } = plan;
  const { store, bucket, key } = target;
  const { attemptId, ledger, requests } = transfer;
  const foreign = await openUploads(transfer, target);
  const entry = { attemptId, bucket, key, source, partBytes: layout.partBytes, foreign };
  await ledger.put(entry);
  let tries = 0;
  const answer = await requests.send(store, shown(target), (options) => {
    tries++;
    const input = { Bucket: bucket, Key: key, ...plan.create, ...store.payer };
    return store.client.send(new store.sdk.CreateMultipartUploadCommand(input), options);
  });
  const uploadId = answer.UploadId;
  if (uploadId === undefined) throw failObject("s3-refused", `${shown(target)}: the store gave no upload id`);
  await ledger.put({ ...entry, uploadId });
  if (tries > 1 || (answer.$metadata.attempts ?? 1) > 1) {
    // A request whose answer was lost may have begun another one.
    for (const id of await uploadsOf(transfer, target, entry)) {
      if (id !== uploadId) await abortUpload(transfer, target, id);
    }
  }
  return { uploadId, there: new Map() };
}

/** Goes on with the upload of an earlier attempt, or clears it away when it is of something else. */
async function takeUp(transfer: Transfer, plan: MultipartPlan): Promise<Begun | undefined> {
  const { target } = plan;
  const entry = transfer.ledger.find(target.bucket, target.key);
  if (!entry) return undefined;
  const [uploadId, ...doubles] = await uploadsOf(transfer, target, entry);
  for (const id of doubles) await abortUpload(transfer, target, id);
  if (uploadId === undefined) return undefined;
  if (entry.source !== plan.source || entry.partBytes !== plan.layout.partBytes) {
    await abortUpload(transfer, target, uploadId);
    return undefined;
  }
  await transfer.ledger.put({ ...entry, uploadId });
  transfer.log(`${shown(target)}: going on with the upload that attempt ${entry.attemptId} began`);
  return { uploadId, there: await listParts(transfer, target, uploadId) };
}

async function listParts(transfer: Transfer, place: Place, uploadId: string): Promise<Map<number, PartThere>> {
  const { store, bucket, key } = place;
  const parts = new Map<number, PartThere>();
  let marker: { PartNumberMarker?: string } = {};
  for (;;) {
    const input = { Bucket: bucket, Key: key, UploadId: uploadId, ...store.payer, ...marker };
    const page = await transfer.requests.send(store, shown(place), (options) =>
      store.client.send(new store.sdk.ListPartsCommand(input), options),
    );
    for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
      if (PartNumber !== undefined) parts.set(PartNumber, { etag: unquoted(ETag), sizeBytes: Size ?? -1 });
    }
    if (!page.IsTruncated || page.NextPartNumberMarker === undefined) return parts;
    marker = { PartNumberMarker: page.NextPartNumberMarker };
  }
}

async function complete(
  transfer: Transfer,
  plan: MultipartPlan,
  uploadId: string,
  parts: CompletedPart[],
  expectedEtag: string,
): Promise<void> {
  const { store, bucket, key } = plan.target;
  const input = {
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    MultipartUpload: { Parts: parts },
    ...plan.finish?.(parts),
    ...store.payer,
  };
  const send = () => new store.sdk.CompleteMultipartUploadCommand(input);
  const rules = { timeoutMs: patienceMs(plan.sizeBytes) };
  try {
    await transfer.requests.send(store, shown(plan.target), (options) => store.client.send(send(), options), rules);
  } catch (error) {
    // The answer to a completion that worked may have been lost; its repetition then finds no upload.
    if (!isNoSuchUpload(error)) throw error;
    const head = await transfer.requests.send(store, shown(plan.target), (options) =>
      store.client.send(new store.sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ...store.payer }), options),
    );
    if (unquoted(head.ETag) !== expectedEtag) throw error;
  }
}

/** The ETag of an object made of parts: MD5 over the parts' MD5s, then their number. Holds unless encrypted with KMS. */
export function etagOfParts(etags: readonly string[]): string {
  const hash = createHash("md5");
  for (const etag of etags) hash.update(Buffer.from(etag, "hex"));
  return `${hash.digest("hex")}-${etags.length}`;
}
