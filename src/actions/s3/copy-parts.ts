import type { CompletedPart } from "@aws-sdk/client-s3";
import { type CopyJob, verifyCopy } from "./copy-job.ts";
import { unquoted } from "./entry.ts";
import { headObject, type Kept, keptMetadata, keptTags } from "./heads.ts";
import { copySourceOf, shown } from "./location.ts";
import { runMultipart } from "./multipart.ts";
import { layoutLike, layoutOf, type PartLayout, type PartRange } from "./part-layout.ts";
import { partsOfEtag, SOURCE_ETAG } from "./same.ts";
import { patienceMs, type Transfer } from "./transfer.ts";

/**
 * Server-side copy in parts; with the part sizes of the source where it has any, so that the copy gets the same ETag.
 * False when that cannot be had and the object is small enough to be copied at once (`must` says that it is not).
 */
export async function copyInParts(transfer: Transfer, job: CopyJob, must: boolean): Promise<boolean> {
  const { from, to, entry } = job;
  const { requests } = transfer;
  const head = await headObject(requests, from, { etag: entry.etag, partNumber: 1 });
  const count = partsOfEtag(entry.etag);
  const like = count === undefined ? undefined : layoutLike(entry.sizeBytes, count, head.ContentLength ?? 0);
  if (!like && !must) return false;
  const layout = like ?? layoutOf(entry.sizeBytes, transfer.partBytes);
  const etag = await runMultipart(transfer, {
    target: to,
    source: `${entry.sizeBytes}:${entry.etag}`,
    sizeBytes: entry.sizeBytes,
    layout,
    create: { ...noted(keptMetadata(head), like, entry.etag), ...(await keptTags(requests, from, head)) },
    make: (part, uploadId) => copyPart(transfer, job, part, uploadId),
    keep: async (part, there) => ({ PartNumber: part.number, ETag: there.etag }),
  });
  if (etag !== entry.etag) await verifyCopy(transfer, job);
  return true;
}

/** A copy whose ETag will differ carries that of its source, for later comparisons. */
export function noted(metadata: Kept, like: PartLayout | undefined, etag: string): Kept {
  return like ? metadata : { ...metadata, Metadata: { ...metadata.Metadata, [SOURCE_ETAG]: etag } };
}

async function copyPart(
  { requests }: Transfer,
  { from, to, entry }: CopyJob,
  { number, start, end }: PartRange,
  uploadId: string,
): Promise<CompletedPart> {
  const { store } = to;
  const input = {
    Bucket: to.bucket,
    Key: to.key,
    UploadId: uploadId,
    PartNumber: number,
    CopySource: copySourceOf(from.bucket, from.key),
    CopySourceRange: `bytes=${start}-${end - 1}`,
    CopySourceIfMatch: `"${entry.etag}"`,
    ...store.payer,
  };
  const rules = { timeoutMs: patienceMs(end - start) };
  const answer = await requests.send(
    store,
    `${shown(from)} to ${shown(to)}, part ${number}`,
    (options) => store.client.send(new store.sdk.UploadPartCopyCommand(input), options),
    rules,
  );
  return { PartNumber: number, ETag: unquoted(answer.CopyPartResult?.ETag) };
}
