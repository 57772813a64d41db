import { Failed } from "./failed.ts";
import { shown } from "./location.ts";
import type { Place, Transfer } from "./transfer.ts";
import type { LedgerEntry } from "./upload-ledger.ts";

/** Ids of all multipart uploads that are open at exactly this key, oldest first. */
export async function openUploads({ requests }: Transfer, place: Place): Promise<string[]> {
  const { store, bucket, key } = place;
  const ids: string[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const input = { Bucket: bucket, Prefix: key, ...store.payer, ...marker };
    const page = await requests.send(store, shown(place), (options) =>
      store.client.send(new store.sdk.ListMultipartUploadsCommand(input), options),
    );
    for (const { Key, UploadId } of page.Uploads ?? []) if (Key === key && UploadId) ids.push(UploadId);
    // Keys come in order: once they are longer than ours, ours will not come again.
    const further = page.Uploads?.some(({ Key }) => Key !== key) ?? false;
    if (!page.IsTruncated || further || page.NextKeyMarker === undefined) return ids;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? "" };
  }
}

/** The uploads that a ledger entry stands for: the one it names, or those at its key that were not there before it. */
export async function uploadsOf(transfer: Transfer, place: Place, entry: LedgerEntry): Promise<string[]> {
  const open = await openUploads(transfer, place);
  if (entry.uploadId !== undefined) return open.filter((id) => id === entry.uploadId);
  return open.filter((id) => !entry.foreign.includes(id));
}

/** Aborting what is gone already succeeds. */
export async function abortUpload({ requests }: Transfer, place: Place, uploadId: string): Promise<void> {
  const { store, bucket, key } = place;
  const input = { Bucket: bucket, Key: key, UploadId: uploadId, ...store.payer };
  try {
    await requests.send(store, shown(place), (options) =>
      store.client.send(new store.sdk.AbortMultipartUploadCommand(input), options),
    );
  } catch (error) {
    if (!isNoSuchUpload(error)) throw error;
  }
}

/** Some stores say NoSuchKey of an upload that is gone. */
export function isNoSuchUpload(error: unknown): boolean {
  const details = error instanceof Failed ? (error.failure.details as { error?: string; status?: number }) : undefined;
  return details?.error === "NoSuchUpload" || (details?.status === 404 && details.error !== "NoSuchBucket");
}

/**
 * Aborts what the ledger still holds, when all objects have been dealt with: uploads of an earlier attempt whose source
 * is gone or whose target turned out to be complete. What cannot be aborted stays in the ledger and is told.
 */
export async function settleLeftovers(transfer: Transfer, placeOf: (entry: LedgerEntry) => Place): Promise<void> {
  for (const entry of transfer.ledger.entries) {
    const place = placeOf(entry);
    try {
      for (const id of await uploadsOf(transfer, place, entry)) {
        await abortUpload(transfer, place, id);
        transfer.log(`aborted an unfinished upload of attempt ${entry.attemptId} at ${shown(place)}`);
      }
      await transfer.ledger.remove(entry.bucket, entry.key);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      transfer.log(
        `an unfinished upload of attempt ${entry.attemptId} at ${shown(place)} could not be aborted ` +
          `(${error.failure.message}); the next attempt of this step tries again`,
      );
    }
  }
}
